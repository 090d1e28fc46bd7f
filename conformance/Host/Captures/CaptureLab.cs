using Weft.Conformance.Support;
using Weft.Host.Datapath;
using Weft.Host.Observe.Captures;
using Weft.Pcap;

namespace Weft.Conformance.HostTests;

/// <summary>A captured frame as the file has it.</summary>
/// <param name="Interface">Name of the interface.</param>
/// <param name="Direction">Which way it passed.</param>
/// <param name="Bytes">The bytes that were kept.</param>
/// <param name="OriginalLength">How many there were.</param>
/// <param name="Comment">What happened to it.</param>
/// <param name="Lost">Frames lost before it.</param>
internal sealed record Captured(string Interface, PcapDirection Direction, byte[] Bytes, long OriginalLength, string Comment, ulong Lost);

/// <summary>A capture in a switch that a test steps by hand.</summary>
internal sealed class CaptureLab : IDisposable
{
    private readonly Switch _switch;
    private readonly CaptureRequest _request;
    private readonly CaptureSession _session;

    public CaptureLab(SwitchRig rig, CaptureRequest request)
    {
        (_switch, _request) = (rig.Switch, request);
        _session = new CaptureSession(request, rig.Switch.Plan, rig.Switch.Workers[0].Graph.Stages.Select(StageNames.Of));
        _switch.Attach(_session);
    }

    /// <summary>Frames that found no room.</summary>
    public long Lost => _session.Lost;

    /// <summary>The file as it would be if the capture ended now.</summary>
    public async Task<byte[]> FinishAsync()
    {
        _session.Close();
        _switch.Detach(_session);
        using var file = new MemoryStream();
        using var writer = new CaptureWriter("test", _request, wallOffset: 1_700_000_000_000_000_000);
        var pump = new CapturePump(_session, _request, writer);
        _ = await pump.FinishAsync(Add);
        return file.ToArray();

        Task Add(byte[] blocks)
        {
            file.Write(blocks);
            return Task.CompletedTask;
        }
    }

    /// <summary>The frames of the file.</summary>
    public async Task<List<Captured>> FramesAsync() => Read(await FinishAsync());

    /// <summary>The frames of a file; another test has tshark read it.</summary>
    public static List<Captured> Read(byte[] file)
    {
        var frames = new List<Captured>();
        using PcapReader reader = new(new MemoryStream(file));
        Assert.True(reader.TryReadHeader());
        while (reader.TryRead(out PcapPacket packet))
        {
            ulong lost = packet.Options.TryFind(PcapngOptionCode.PacketDropCount, out PcapngOption count) && count.TryGetUInt64(out ulong frames64) ? frames64 : 0;
            frames.Add(new Captured(packet.Interface.Name ?? "", packet.Flags.Direction, packet.Data.ToArray(), packet.OriginalLength, packet.GetComment() ?? "", lost));
        }

        return frames;
    }

    public void Dispose() => _switch.Detach(_session);
}
