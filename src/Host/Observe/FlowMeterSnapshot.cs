namespace Weft.Host.Observe;

/// <summary>What was noted of conversations.</summary>
/// <param name="Reported">Reports of conversations.</param>
/// <param name="MessagesSent">IPFIX messages sent.</param>
/// <param name="MessagesFailed">IPFIX messages that the system refused to send.</param>
public sealed record FlowMeterSnapshot(long Reported, long MessagesSent, long MessagesFailed);
