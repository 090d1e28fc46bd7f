using Weft.Host.Datapath.Tapping;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Host.Observe.Captures;

/// <summary>Makes pcapng of captured frames: an interface a port, a comment a frame. What it hands out are whole blocks.</summary>
internal sealed class CaptureWriter : IDisposable
{
    private readonly MemoryStream _chunk = new();
    private readonly PcapngWriter _writer;
    private readonly Dictionary<string, int> _interfaces = [];
    private readonly List<ulong> _counts = [];
    private readonly int _snapLength;
    private readonly long _wallOffset;
    private Timestamp _last;

    /// <param name="name">Name of the switch.</param>
    /// <param name="request">What is captured.</param>
    /// <param name="wallOffset">Nanoseconds from the switch's time to that of the Unix epoch.</param>
    public CaptureWriter(string name, CaptureRequest request, long wallOffset)
    {
        (_snapLength, _wallOffset) = (request.SnapLength, wallOffset);
        _writer = new PcapngWriter(_chunk, new PcapngWriterOptions { Application = $"weft {Datapath.SwitchHost.Version}", Comment = $"captured in the switch {name}: {Describe(request)}" }, leaveOpen: true);
    }

    /// <summary>Frames written.</summary>
    public long Packets => _writer.Packets;

    /// <summary>Adds a frame.</summary>
    public void Write(TapRecord record)
    {
        int target = Interface(record);
        _last = new Timestamp(record.At.Nanoseconds + _wallOffset);
        _writer.WritePacket(target, _last, record.Bytes, new PcapPacketOptions
        {
            OriginalLength = record.OriginalLength,
            Flags = PcapPacketFlags.Of(record.Point == TapPoint.Out ? PcapDirection.Outbound : PcapDirection.Inbound),
            DropCount = record.LostBefore > 0 ? (ulong)record.LostBefore : null,
            Comment = CaptureComment.Of(record),
        });
        _counts[target]++;
    }

    /// <summary>Adds the numbers that a capture ends with.</summary>
    /// <param name="lost">Frames that found no room. They cannot be told apart by port, so the first interface has them.</param>
    public void Finish(long lost)
    {
        for (int i = 0; i < _counts.Count; i++)
        {
            _writer.WriteStatistics(i, new PcapInterfaceStatistics { Timestamp = _last, Received = _counts[i] + (i == 0 ? (ulong)lost : 0), Dropped = i == 0 ? (ulong)lost : 0 });
        }
    }

    /// <summary>Takes the blocks that were written since the last look.</summary>
    public byte[] TakeBlocks()
    {
        _writer.Flush();
        byte[] blocks = _chunk.ToArray();
        _chunk.SetLength(0);
        return blocks;
    }

    public void Dispose()
    {
        _writer.Dispose();
        _chunk.Dispose();
    }

    private int Interface(TapRecord record)
    {
        int port = record.Point == TapPoint.Out ? record.Fate.Port(0) : record.Ingress;
        string name = port < record.Ports.Length ? record.Ports[port] : "gone";
        if (!_interfaces.TryGetValue(name, out int id))
        {
            id = _writer.AddInterface(new PcapngInterfaceOptions { Name = name, SnapLength = _snapLength });
            _interfaces[name] = id;
            _counts.Add(0);
        }

        return id;
    }

    private static string Describe(CaptureRequest request)
    {
        string where = request.Stage is string stage ? $"in front of stage {stage}"
            : request.DropReason is string reason ? $"dropped for {(reason == CaptureRequest.AnyReason ? "any reason" : reason)}"
            : request.Direction switch { CaptureDirection.In => "received", CaptureDirection.Out => "sent", _ => "received and sent" };
        return where + (request.Port is null ? "" : $", port {request.Port}") + (request.Filter is null ? "" : $", filter {request.Filter}");
    }
}
