using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>Streams through a tunnel whose other end is the kernel's: superframes go into it and come out of it whole, and both kernels find every octet and checksum right.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class TunnelStreamLiveTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rfc7348_The_kernels_VXLAN_takes_superframes_of_datagrams_and_sends_its_own(bool overIPv6)
    {
        LiveRequirements.Need("python3", "ping");
        using OverlayLab lab = new(overIPv6);
        await using SwitchHost host = lab.Start();
        Assert.True(lab.ReachesKernel());
        LiveStream.Run(lab.Machine, lab.Kernel, "10.0.0.2");
        SwitchSnapshot there = await host.SnapshotAsync();
        LiveStream.Run(lab.Kernel, lab.Machine, "10.0.0.1");
        Assert.DoesNotContain("TcpInCsumErrors", lab.Kernel.Run("nstat", "-s", "TcpInCsumErrors").Output + lab.Machine.Run("nstat", "-s", "TcpInCsumErrors").Output, StringComparison.Ordinal);
        Assert.DoesNotContain("UdpInCsumErrors", lab.Kernel.Run("nstat", "-s", "UdpInCsumErrors").Output, StringComparison.Ordinal);
        // Acknowledgements are short, so this says nothing by chance: most octets went in pieces that are no frames.
        Assert.True(Longest(there.Ports[1].SentBytes, there.Ports[1].SentFrames) > OverlayLab.InnerMtu, "datagrams were sent one by one");
        host.Stop();
        SwitchRunResult end = await host.Completion;
        long bytes = end.Final.Ports[0].SentBytes - there.Ports[0].SentBytes;
        Assert.True(Longest(bytes, end.Final.Ports[0].SentFrames - there.Ports[0].SentFrames) > OverlayLab.InnerMtu, "frames came out of the tunnel one by one");
        Assert.True(end.Final.Totals.Balanced, end.Final.Totals.ToString());
    }

    private static long Longest(long bytes, long frames) => bytes / Math.Max(1, frames);
}
