using System.Runtime.InteropServices;
using System.Text;
using Weft.Bench.Ratios;
using Weft.Pcap;

namespace Weft.Bench.Pcap;

/// <summary>Reader to writer on one thread, beside libpcap's pcap_dispatch with pcap_dump on the same thread.</summary>
public abstract unsafe class CopyInProcess : CopyRatio
{
    private NativePeer? _peer;
    private delegate* unmanaged<byte*, byte*, nint> _copy;

    /// <inheritdoc/>
    protected CopyInProcess(bool pcapng)
        : base(pcapng)
    {
    }

    /// <inheritdoc/>
    public override string PeerName => "libpcap pcap_dispatch + pcap_dump";

    /// <inheritdoc/>
    public override Statistic Statistic => Statistic.Minimum;

    /// <inheritdoc/>
    protected override string How => "in process";

    /// <inheritdoc/>
    public override void Dispose()
    {
        _peer?.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override string? LoadPeer()
    {
        _peer = NativePeer.TryLoad("pcap_copy.c", [], ["-lpcap"], out string whyNot);
        _copy = _peer is null ? null : (delegate* unmanaged<byte*, byte*, nint>)_peer.Function("weft_pcap_copy");
        return _peer is null ? whyNot : null;
    }

    /// <inheritdoc/>
    protected override (long CpuNanoseconds, long Packets) CopyOurs(string input, string output)
    {
        long start = ThreadClock.Nanoseconds;
        using var reader = PcapReader.Open(input);
        using (var writer = PcapWriter.Create(output, new PcapWriterOptions { Format = PcapFormat.PcapMicroseconds }))
        {
            while (reader.TryRead(out PcapPacket packet))
            {
                writer.WritePacket(packet.Timestamp, packet.Data, packet.OriginalLength);
            }
        }

        return (ThreadClock.Nanoseconds - start, reader.Counters.Packets);
    }

    /// <inheritdoc/>
    protected override (long CpuNanoseconds, long Packets) CopyPeer(string input, string output)
    {
        byte[] from = Encoding.UTF8.GetBytes(input + '\0');
        byte[] to = Encoding.UTF8.GetBytes(output + '\0');
        fixed (byte* source = from, target = to)
        {
            long start = ThreadClock.Nanoseconds;
            long packets = _copy(source, target);
            return (ThreadClock.Nanoseconds - start, packets);
        }
    }
}
