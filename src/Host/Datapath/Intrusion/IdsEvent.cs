using Weft.Ids;
using Weft.Packets;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>An alert on its way from a worker to whoever writes it down.</summary>
/// <param name="Alert">The alert.</param>
/// <param name="Rules">The rules that it came from.</param>
/// <param name="At">When, on the worker's clock.</param>
/// <param name="Verdict">What became of the packet.</param>
/// <param name="Conversation">Number of its conversation.</param>
/// <param name="Interface">Port or tunnel peer that the packet came from.</param>
/// <param name="Vlan">VLAN, 0 if there is none.</param>
internal readonly record struct IdsEvent(Alert Alert, IdsRuleGeneration Rules, Timestamp At, Verdict Verdict, ulong Conversation, string Interface, ushort Vlan);
