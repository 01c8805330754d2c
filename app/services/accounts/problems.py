"""Problems of signing in and of the own account."""

from app.core.problems import define

BAD_TOKEN = define(
    "bad_token", 401, "Phiên đăng nhập không còn hiệu lực", "The access token is not valid or no longer valid"
)
BAD_CREDENTIALS = define("bad_credentials", 401, "Thông tin đăng nhập không đúng", "The credentials are not right")
OTP_REQUIRED = define("otp_required", 401, "Cần mã xác thực một lần", "A one-time code is required")
PASSWORD_CHANGE_REQUIRED = define(
    "password_change_required", 403, "Phải đổi mật khẩu lần đầu trước", "Change the first password before anything else"
)
TOTP_ENROLMENT_REQUIRED = define(
    "totp_enrolment_required", 403, "Phải bật xác thực hai bước trước", "Enrol a second factor before anything else"
)
