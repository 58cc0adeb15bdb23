"""The photos of an order as the screen shows them: short-lived links of our own, and a reason where one is missing."""

from collections.abc import Sequence

from dashboard.components.photo_strip import Photo
from dashboard.files import FileRef, SourceKind, file_url, photo_source
from dashboard.here import here
from dashboard.locale import _
from lumira_db.enums import FileType
from lumira_db.queries.client_page import ClientFile
from lumira_db.queries.clients import ProfileFacts
from lumira_db.queries.files import PhotoField
from lumira_db.queries.workbench import FileRow, Workbench


def of_order(bench: Workbench) -> tuple[Photo, ...]:
    """The order's own files first; the profile's photos stand in for a kind that did not come with it."""
    session_id = here().session_id
    shown = [_file(row, session_id) for row in bench.files]
    present = {row.type for row in bench.files}
    if bench.profile is not None:
        if FileType.FACE_PHOTO not in present:
            shown += _profile(bench.client.id, "face", bench.profile.face, session_id)
        if FileType.PALM_PHOTO not in present:
            shown += _profile(bench.client.id, "palm", bench.profile.palm, session_id)
    return tuple(shown)


def of_client(client_id: str, profile: ProfileFacts | None, files: Sequence[ClientFile]) -> tuple[Photo, ...]:
    """The photos of the profile, then those that came with orders. Only for those who may see them: the route that
    the links lead to asks again."""
    session_id = here().session_id
    shown = []
    if profile is not None:
        shown += _profile(client_id, "face", profile.face, session_id)
        shown += _profile(client_id, "palm", profile.palm, session_id)
    return (*shown, *(_file(one.file, session_id, one.order_number) for one in files))


def _label(kind: str) -> str:
    return _("Face") if kind == "face" else _("Palm")


def _file(row: FileRow, session_id: str, order_number: str = "") -> Photo:
    kind = "face" if row.type is FileType.FACE_PHOTO else "palm"
    ref = FileRef.order_file(row.id)
    return Photo(
        id=row.id,
        label=f"{_label(kind)} · {order_number or row.name}",
        thumb_url=file_url(ref, session_id=session_id, variant="thumb"),
        full_url=file_url(ref, session_id=session_id, variant="full"),
    )


def _profile(client_id: str, kind: PhotoField, start: str | None, session_id: str) -> list[Photo]:
    source = photo_source(start)
    if source.kind is SourceKind.NONE:
        return []
    name = _("{photo} (from the profile)").format(photo=_label(kind))
    if source.kind is SourceKind.FOREIGN:
        reason = _("Kept at another host; the Desk does not fetch it.")
        return [Photo(id=kind, label=name, thumb_url="", full_url="", missing_reason=reason, link=start)]
    if source.kind is SourceKind.UNREADABLE:
        return [Photo(id=kind, label=name, thumb_url="", full_url="", missing_reason=_("This is not a photo."))]
    ref = FileRef.profile_photo(client_id, kind)
    thumb = file_url(ref, session_id=session_id, variant="thumb")
    full = file_url(ref, session_id=session_id, variant="full")
    return [Photo(id=kind, label=name, thumb_url=thumb, full_url=full)]
