using System.Buffers;
using System.Diagnostics;
using System.Text;
using Weft.Host.Config;
using Weft.Host.Observe.Intrusion;
using Weft.Ids;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Host.Datapath.Intrusion;

/// <summary>Compares the packets of captures with rules, on the captures' own time, and writes alerts down: <c>weft ids</c>.</summary>
public sealed class IdsReplay : IConversationObserver, IDisposable
{
    private const int WriteAt = 1 << 20;

    private readonly IdsReplayOptions _options;
    private readonly IdsRuleGeneration _rules;
    private readonly IntrusionDetector _detector;
    private readonly Alert[] _alerts;
    private readonly ArrayBufferWriter<byte> _eveText = new();
    private readonly ArrayBufferWriter<byte> _fastText = new();
    private readonly EveJson _eve;
    private readonly FileStream? _eveFile;
    private readonly FileStream? _fastFile;
    private readonly byte[] _copy = new byte[ushort.MaxValue + 1];
    private Timestamp _last;
    private long _packets;
    private long _bytes;
    private long _notRead;
    private long _reported;
    private long _dropped;

    private IdsReplay(IdsReplayOptions options)
    {
        _options = options;
        _rules = options.Rules.Current;
        // What is reported must be the same in each run, and nobody chooses the packets of a capture while it is read.
        var seed = new HashSeed(0x5745_4654, 0x1D5);
        _alerts = new Alert[options.AlertsPerPacket];
        _eve = new EveJson(_eveText);
        _eveFile = Create(options.EvePath);
        _fastFile = Create(options.FastLogPath);
        _detector = new IntrusionDetector(_rules.Image, new DetectorOptions
        {
            Seed = seed,
            FlowCapacity = options.MaxFlows,
            IsInline = options.IsInline,
            AcceptMidstream = options.AcceptMidstream,
            AcceptOneSide = options.AcceptOneSide,
            Observer = options.WritesRecords && options.EvePath is not null ? this : null,
        });
    }

    /// <summary>Inspects captures.</summary>
    /// <exception cref="IOException">A capture cannot be read, or a file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of rights.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    public static IdsReplayResult Run(IdsReplayOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.AlertsPerPacket, 1);
        using var replay = new IdsReplay(options);
        return replay.Run();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _detector.Dispose();
        _eve.Dispose();
        _eveFile?.Dispose();
        _fastFile?.Dispose();
    }

    void IConversationObserver.OnMessage(in Weft.Ids.Conversation conversation, in AppMessage message, Timestamp at)
    {
        _eve.WriteMessage(in conversation, in message, at, Source(conversation.Id, (ushort)conversation.Tag));
        WriteIfMuch();
    }

    void IConversationObserver.OnEnd(in Weft.Ids.Conversation conversation)
    {
        _eve.WriteFlow(in conversation, Source(conversation.Id, (ushort)conversation.Tag));
        WriteIfMuch();
    }

    private EveSource Source(ulong conversation, ushort vlan) => new(conversation, _packets, "", vlan, WallOffset: 0, EveTypes.All);

    private static FileStream? Create(string? path)
    {
        if (path is null)
        {
            return null;
        }

        _ = Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    private IdsReplayResult Run()
    {
        var watch = Stopwatch.StartNew();
        string? damage = null;
        foreach (string path in _options.Captures)
        {
            using var reader = PcapReader.Open(path);
            while (reader.TryRead(out PcapPacket packet))
            {
                Inspect(packet);
            }

            damage ??= reader.Error == PcapError.None ? null : $"{path}: {reader.Error.Describe()}";
        }

        Finish();
        Write();
        return new IdsReplayResult(_packets, _bytes, _notRead, _reported, _dropped, damage, watch.Elapsed, _detector.Counters);
    }

    private void Inspect(in PcapPacket packet)
    {
        _packets++;
        _bytes += packet.Data.Length;
        ReadOnlySpan<byte> data = packet.Data;
        if (!CapturedLayout.TryParse(ref data, packet.LinkType, out PacketLayout layout))
        {
            _notRead++;
            return;
        }

        _last = packet.Timestamp;
        _detector.Tag = layout.VlanId;
        Verdict verdict = Inspect(data, in layout, out int count);
        _dropped += verdict == Verdict.Accept ? 0 : 1;
        for (int i = 0; i < count; i++)
        {
            Report(new IdsEvent(_alerts[i], _rules, packet.Timestamp, verdict, _alerts[i].Conversation, "", layout.VlanId));
        }
    }

    /// <summary>A capture cannot be changed, so an inline detector is given a copy.</summary>
    private Verdict Inspect(ReadOnlySpan<byte> data, in PacketLayout layout, out int count)
    {
        if (!_options.IsInline)
        {
            return _detector.Inspect(data, in layout, _last, _alerts, out count);
        }

        data = data[..Math.Min(data.Length, _copy.Length)];
        data.CopyTo(_copy);
        return _detector.InspectAndNormalize(_copy.AsSpan(0, data.Length), in layout, _last, _alerts, out count, out _);
    }

    /// <summary>What was sent and never acknowledged is looked at when nothing more can come.</summary>
    private void Finish()
    {
        int count;
        do
        {
            count = _detector.Finish(_last, _alerts);
            for (int i = 0; i < count; i++)
            {
                Report(new IdsEvent(_alerts[i], _rules, _last, Verdict.Accept, _alerts[i].Conversation, "", 0));
            }
        }
        while (count == _alerts.Length);
    }

    private void Report(in IdsEvent what)
    {
        _reported++;
        if (_eveFile is not null)
        {
            _ = _detector.TryGetConversation(what.Alert, out Weft.Ids.Conversation conversation);
            _eve.WriteAlert(what, Source(what.Alert.Conversation, what.Vlan), in conversation);
        }

        if (_fastFile is not null || _options.OnAlert is not null)
        {
            string line = FastLog.Line(what, what.At);
            _options.OnAlert?.Invoke(line);
            _ = Encoding.UTF8.GetBytes(line + "\n", _fastText);
        }

        WriteIfMuch();
    }

    private void WriteIfMuch()
    {
        if (_eveText.WrittenCount + _fastText.WrittenCount > WriteAt)
        {
            Write();
        }
    }

    private void Write()
    {
        _eveFile?.Write(_eveText.WrittenSpan);
        _fastFile?.Write(_fastText.WrittenSpan);
        _eveText.ResetWrittenCount();
        _fastText.ResetWrittenCount();
    }
}
