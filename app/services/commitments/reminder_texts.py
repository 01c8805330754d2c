"""What a reminder says: the school and the campaign; no child, no class, and nothing of what anybody answered."""

from typing import Final

from app.models.commitments.campaigns import CommitmentCampaign

SUBJECT: Final = "Nhắc trả lời bản cam kết · Reminder of a commitment"


def text_vi(campaign: CommitmentCampaign, school: str) -> str:
    return (
        f"{school}: mời gia đình trả lời “{campaign.title_vi}” trước hết ngày {campaign.closes_on:%d/%m/%Y}. "
        "Không đồng ý cũng không ảnh hưởng đến học sinh. Xin liên hệ nhà trường nếu cần."
    )


def text_en(campaign: CommitmentCampaign, school: str) -> str:
    return (
        f"{school}: please answer “{campaign.title_en or campaign.title_vi}” by {campaign.closes_on:%d/%m/%Y}. "
        "To decline has no consequence for the pupil. Please ask the school if you need help."
    )
