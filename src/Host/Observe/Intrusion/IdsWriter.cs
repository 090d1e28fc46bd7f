using System.Buffers;
using System.Text;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Intrusion;
using Weft.Ids;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Host.Observe.Intrusion;

/// <summary>
/// Writes down what sensors have to tell, away from the workers: alerts, messages and flows to EVE JSON, alerts to lines of text, frames to captures.
/// Text files are opened for each batch, so that they can be moved away while the switch runs.
/// </summary>
internal sealed class IdsWriter : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private const int WriteAt = 1 << 20;

    // Readers that keep numbers as floating point have 53 bits for a conversation's.
    private const int FlowIdShift = 11;

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _eveText = new(64 * 1024);
    private readonly ArrayBufferWriter<byte> _fastText = new(16 * 1024);
    private readonly EveJson _eve;
    private readonly Dictionary<string, PcapWriter> _captures = [];
    private readonly long _wallOffset;
    private readonly Timer? _timer;
    private IReadOnlyList<IdsSensor> _sensors = [];

    /// <param name="isVirtual">Whether time comes from captures: then it is that of the Unix epoch, and the worker may wait.</param>
    public IdsWriter(bool isVirtual)
    {
        _eve = new EveJson(_eveText);
        _wallOffset = isVirtual ? 0 : (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * Timestamp.NanosecondsPerTick - Timestamp.FromMonotonicClock().Nanoseconds;
        _timer = isVirtual ? null : new Timer(_ => Drain(), state: null, Period, Period);
    }

    /// <summary>Batches that could not be written.</summary>
    public long Failures { get; private set; }

    /// <summary>Makes sure that the files of a configuration can be written, before it is in force.</summary>
    /// <exception cref="SwitchStartException">One cannot.</exception>
    public void Open(IReadOnlyList<IdsPlan> plans)
    {
        lock (_lock)
        {
            foreach (string path in plans.SelectMany(plan => new[] { plan.EvePath, plan.FastLogPath }).OfType<string>())
            {
                LineFile.Require(path);
            }

            foreach (string path in plans.Select(plan => plan.PcapPath).OfType<string>().Except(_captures.Keys).ToArray())
            {
                LineFile.Require(path, () => _captures[path] = Create(path));
            }
        }
    }

    /// <summary>Writes for these sensors, whose files are open, from now on; what the ones before had to tell is written first.</summary>
    public void Serve(IntrusionSensors sensors)
    {
        Drain();
        lock (_lock)
        {
            string[] wanted = [.. sensors.All.Select(sensor => sensor.Plan.PcapPath).OfType<string>()];
            foreach (string path in _captures.Keys.Except(wanted).ToArray())
            {
                _captures[path].Dispose();
                _ = _captures.Remove(path);
            }

            _sensors = sensors.All;
            foreach (IdsSensor sensor in _sensors)
            {
                sensor.Outlet.WhenFull = _timer is null ? Drain : null;
            }
        }
    }

    /// <summary>Writes everything that waits.</summary>
    public void Drain()
    {
        lock (_lock)
        {
            foreach (IdsSensor sensor in _sensors)
            {
                TryDrain(sensor);
            }
        }
    }

    /// <summary>Has sensors tell of all conversations that they remember, because they end, and writes it. Their workers must not use them any more.</summary>
    public void Finish(IntrusionSensors sensors, Timestamp now)
    {
        lock (_lock)
        {
            foreach (IdsSensor sensor in sensors.All)
            {
                // However many there are: the worker does not wait for it.
                sensor.Outlet.WhenFull = () => TryDrain(sensor);
                sensor.Finish(now);
                TryDrain(sensor);
            }
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        Drain();
        lock (_lock)
        {
            foreach (PcapWriter capture in _captures.Values)
            {
                capture.Dispose();
            }

            _captures.Clear();
            _eve.Dispose();
        }
    }

    private void TryDrain(IdsSensor sensor)
    {
        try
        {
            Drain(sensor);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A full disk must not stop the switch; 'weft show ids' tells of it.
            Failures++;
        }
    }

    private void Drain(IdsSensor sensor)
    {
        while (sensor.Outlet.TryTake(out IdsNotice what))
        {
            if (sensor.Plan.EvePath is not null)
            {
                WriteEve(sensor, in what);
            }

            if (sensor.Plan.FastLogPath is not null && what.Kind == IdsNoticeKind.Alert)
            {
                _ = Encoding.UTF8.GetBytes(FastLog.Line(what.Alert, new Timestamp(what.At.Nanoseconds + _wallOffset)) + "\n", _fastText);
            }

            sensor.Outlet.Return(in what);
            if (_eveText.WrittenCount > WriteAt)
            {
                AppendAndClear(sensor.Plan.EvePath, _eveText);
            }
        }

        AppendAndClear(sensor.Plan.EvePath, _eveText);
        AppendAndClear(sensor.Plan.FastLogPath, _fastText);
        bool any = false;
        while (sensor.Outlet.TryTake(out CapturedFrame frame))
        {
            any = true;
            _captures[sensor.Plan.PcapPath!].WritePacket(new Timestamp(frame.At.Nanoseconds + _wallOffset), frame.Bytes);
            sensor.Outlet.Return(frame);
        }

        if (any)
        {
            _captures[sensor.Plan.PcapPath!].Flush();
        }
    }

    private void WriteEve(IdsSensor sensor, in IdsNotice what)
    {
        var source = new EveSource(what.Conversation >> FlowIdShift, null, what.Interface, what.Vlan, _wallOffset, sensor.Plan.EveTypes);
        Weft.Ids.Conversation conversation = default;
        AppMessage message = default;
        if (what.Record.Length > 0)
        {
            ConversationRecord.Read(sensor.Outlet.RecordOf(in what), out conversation, out message);
        }

        switch (what.Kind)
        {
            case IdsNoticeKind.Alert:
                _eve.WriteAlert(what.Alert, in source, in conversation);
                break;
            case IdsNoticeKind.Message:
                _eve.WriteMessage(in conversation, in message, what.At, in source);
                break;
            default:
                _eve.WriteFlow(in conversation, in source);
                break;
        }
    }

    private static void AppendAndClear(string? path, ArrayBufferWriter<byte> text)
    {
        if (path is not null && text.WrittenCount > 0)
        {
            try
            {
                LineFile.Append(path, text.WrittenSpan);
            }
            finally
            {
                text.ResetWrittenCount();
            }
        }
    }

    private static PcapWriter Create(string path)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return PcapWriter.Create(path);
    }
}
