using Weft.Packets;

namespace Weft.Bfd;

/// <summary>A change of state that the users of a session act on.</summary>
/// <param name="From">State before.</param>
/// <param name="To">State now.</param>
/// <param name="Diagnostic">Why, if the session went down.</param>
/// <param name="RemoteAdminDown">
/// The other side was taken down on purpose: a drain, which is not evidence of a failure of the path (RFC 5880 section 6.8.16).
/// </param>
public readonly record struct BfdEvent(BfdState From, BfdState To, BfdDiagnostic Diagnostic, bool RemoteAdminDown);
