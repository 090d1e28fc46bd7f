using Weft.Host.Datapath.Security;
using Weft.Host.Observe.Captures;

namespace Weft.Host.Control;

/// <summary>One line that a client sends.</summary>
internal sealed record ControlRequest
{
    /// <summary><c>show</c>, <c>trace</c>, <c>version</c>, <c>rekey</c>, <c>failover</c>, <c>drain</c>, <c>events</c>, <c>capture</c>, <c>diff</c>, <c>reload-rules</c>, <c>drain-lb</c>, <c>drain-sase</c>, <c>enable-port</c>, <c>nat-export</c>, <c>nat-import</c>, <c>nat-move</c>, <c>migrate</c>, <c>settle</c>, <c>takeover</c> or <c>stop</c>.</summary>
    public string? Verb { get; init; }

    /// <summary>For <c>show</c>: <c>ports</c>, <c>fdb</c>, <c>stages</c>, <c>drops</c>, <c>segments</c>, <c>neighbors</c> or <c>all</c>.</summary>
    public string? Topic { get; init; }

    /// <summary>For <c>trace</c>: name of the port that the packet enters.</summary>
    public string? Port { get; init; }

    /// <summary>For <c>trace</c>: the packet in hexadecimal.</summary>
    public string? Packet { get; init; }

    /// <summary>For <c>rekey</c>: the step. It names the key's file, so that no key passes through the socket.</summary>
    public RekeyRequest? Rekey { get; init; }

    /// <summary>For <c>failover</c> and <c>drain</c>: name of the bridge, empty for the only one.</summary>
    public string? Bridge { get; init; }

    /// <summary>For <c>events</c>: number of the first one wanted; absent or 0 for the oldest that is left.</summary>
    public long? Since { get; init; }

    /// <summary>For <c>events</c>: time to wait for one if there is none, at most 10,000.</summary>
    public int? WaitMilliseconds { get; init; }

    /// <summary>For <c>drain-lb</c>: name of the load balancer. For <c>enable-port</c>: name of the port. For <c>drain-sase</c>: <c>back</c> to take bundles again. For <c>nat-export</c> and <c>nat-move</c>: address of the machine. For <c>migrate</c> and <c>settle</c>: its name.</summary>
    public string? Subject { get; init; }

    /// <summary>For <c>nat-export</c>, <c>nat-import</c> and <c>nat-move</c>: name of the NAT, empty for the only one.</summary>
    public string? Nat { get; init; }

    /// <summary>For <c>analytics-pin</c> and <c>analytics-veto</c>: number of the cluster.</summary>
    public int? Cluster { get; init; }

    /// <summary>For <c>what-if</c>: name of the service whose rule, the subject, is taken away.</summary>
    public string? Service { get; init; }

    /// <summary>For <c>what-if</c>: instead, path of another configuration. For <c>diff</c>: its path.</summary>
    public string? Candidate { get; init; }

    /// <summary>For <c>analytics-shelve</c> and <c>analytics-unshelve</c>: type of the alarm, whose qualifier is the subject.</summary>
    public string? AlarmType { get; init; }

    /// <summary>For <c>nat-move</c>: tunnel address of the host where the machine is now. For <c>migrate</c>: name of the host. For <c>settle</c>: <c>here</c> or <c>there</c>.</summary>
    public string? To { get; init; }

    /// <summary>For <c>diff</c>: values laid over the configuration.</summary>
    public IReadOnlyList<string>? Overrides { get; init; }

    /// <summary>For <c>capture</c>: what to capture.</summary>
    public CaptureRequest? Capture { get; init; }

    /// <summary>For <c>nat-import</c>: what <c>nat-export</c> gave.</summary>
    public byte[]? Flows { get; init; }
}
