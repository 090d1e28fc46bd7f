using System.Text.Json;
using Weft.Bench.Ports;
using Weft.Bench.Ratios;

namespace Weft.Bench.Host.Switches;

/// <summary>One TCP stream between the kernels at both ends, with all their offloads, by iperf3.</summary>
/// <param name="pair">The two.</param>
internal sealed class StreamRatio(SwitchPair pair) : SwitchRatio(pair, "ns/KiB")
{
    private long _oursAgain;
    private long _peerAgain;

    /// <summary>With the segments that senders had to send again, which say whether speed was bought with loss.</summary>
    public override string Name => _oursAgain + _peerAgain == 0 ? base.Name : $"{base.Name}; segments sent again: {_oursAgain}, the peer's {_peerAgain}";

    protected override double Cost(SwitchUnderTest of)
    {
        of.ServeStreams();
        (_, int exitCode, string output) = PeerProcess.Run("ip", "netns", "exec", of.Path.Ends.Source, "iperf3", "-c", ForwardingPath.SinkAddress, "-J", "-t", IsShort ? "1" : "2");
        if (exitCode != 0)
        {
            return double.PositiveInfinity;
        }

        using JsonDocument report = JsonDocument.Parse(output);
        JsonElement end = report.RootElement.GetProperty("end");
        long again = end.GetProperty("sum_sent").GetProperty("retransmits").GetInt64();
        _oursAgain += IsOurs(of) ? again : 0;
        _peerAgain += IsOurs(of) ? 0 : again;
        return 8 * 1024 * 1e9 / Math.Max(1, end.GetProperty("sum_received").GetProperty("bits_per_second").GetDouble());
    }
}
