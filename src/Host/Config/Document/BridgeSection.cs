using Weft.Bridge;

namespace Weft.Host.Config.Document;

/// <summary>One entry of <c>bridges</c>.</summary>
internal sealed class BridgeSection : Section
{
    public Setting<string> Name { get; set; }

    public Setting<int> Id { get; set; }

    public Setting<int> Node { get; set; }

    public Setting<int> Priority { get; set; }

    public Setting<string> Port { get; set; }

    public List<Setting<string>> Segments { get; } = [];

    public Setting<string> Vtep { get; set; }

    public Setting<TunnelAddress> Peer { get; set; }

    public Setting<string> KeyFile { get; set; }

    public Setting<PreemptionMode> Preemption { get; set; }

    public Setting<AnnouncementOrder> Order { get; set; }

    public Setting<int> FenceLeaseSeconds { get; set; }

    public Setting<int> SyncPort { get; set; }

    public Setting<int> BfdIntervalMilliseconds { get; set; }

    public Setting<int> BfdMultiplier { get; set; }

    public Setting<BfdEncapsulation> BfdEncapsulation { get; set; }

    public Setting<int> ManagementVni { get; set; }

    public Setting<int> PathVlan { get; set; }

    public Setting<int> InitHoldMilliseconds { get; set; }

    public Setting<int> PreemptHoldMilliseconds { get; set; }

    public Setting<bool> AnnounceAddresses { get; set; }

    public Setting<HostFlushMode> HostFlush { get; set; }

    public Setting<string> HostKeyFile { get; set; }

    public Setting<int> HostPort { get; set; }
}
