using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>What a sensor tells.</summary>
internal enum IdsNoticeKind : byte
{
    /// <summary>A rule matched.</summary>
    Alert,

    /// <summary>A message was read.</summary>
    Message,

    /// <summary>A conversation ended.</summary>
    End,
}

/// <summary>Something on its way from a worker to whoever writes it down.</summary>
/// <param name="Kind">What.</param>
/// <param name="Alert">The alert, if it is one.</param>
/// <param name="At">When, on the worker's clock.</param>
/// <param name="Conversation">Number of the conversation.</param>
/// <param name="Interface">Port through which it came; empty if that is not known.</param>
/// <param name="Vlan">VLAN, 0 if there is none.</param>
/// <param name="Record">What is known of the conversation and its message; empty if there was no room.</param>
internal readonly record struct IdsNotice(IdsNoticeKind Kind, IdsEvent Alert, Timestamp At, ulong Conversation, string Interface, ushort Vlan, RecordPlace Record);
