-- Run once by the PostgreSQL image as superuser, on an empty data directory.
-- The owner migrates and owns the tables. The service's login owns nothing, has what the group `athd_app` is granted,
-- and cannot pass by row-level security. The backup's login reads everything and changes nothing. psql reads the passwords itself: none stands in an argument or the log.
\set ON_ERROR_STOP on
\set owner_password `cat "$ATHD_OWNER_PASSWORD_FILE"`
\set service_password `cat "$ATHD_SERVICE_PASSWORD_FILE"`
\set backup_password `cat "$ATHD_BACKUP_PASSWORD_FILE"`
CREATE ROLE athd_app NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;
CREATE ROLE athd_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE athd_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS IN ROLE athd_app
    PASSWORD :'service_password';
CREATE ROLE athd_backup LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE BYPASSRLS IN ROLE pg_read_all_data
    PASSWORD :'backup_password';
ALTER ROLE athd_backup SET default_transaction_read_only = on;
CREATE DATABASE athd OWNER athd_owner ENCODING 'UTF8';
REVOKE ALL ON DATABASE athd FROM PUBLIC;
GRANT CONNECT ON DATABASE athd TO athd_app, athd_backup;
