using System.Buffers;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Presence;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Host.Observe.Presence;

/// <summary>Writes down the sessions of a node's tenants, away from the worker, which never waits: what finds no room with it is counted.</summary>
internal sealed class SessionWriter : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private const int WriteAt = 1 << 20;

    private readonly Lock _lock = new();
    private readonly ArrayBufferWriter<byte> _text = new(64 * 1024);
    private readonly SessionJson _json;
    private readonly long _wallOffset;
    private readonly Timer? _timer;
    private SasePoint? _point;
    private int _lines;

    /// <param name="isVirtual">Whether time comes from captures: then it is that of the Unix epoch, and the caller drains after each round.</param>
    public SessionWriter(bool isVirtual)
    {
        _json = new SessionJson(_text);
        _wallOffset = isVirtual ? 0 : (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * Timestamp.NanosecondsPerTick - Timestamp.FromMonotonicClock().Nanoseconds;
        _timer = isVirtual ? null : new Timer(_ => Drain(), state: null, Period, Period);
    }

    /// <summary>Makes sure that the file of a configuration can be written, before it is in force.</summary>
    /// <exception cref="SwitchStartException">It cannot.</exception>
    public static void Open(SasePlan plan)
    {
        if (plan.SessionLogPath is string path)
        {
            LineFile.Require(path);
        }
    }

    /// <summary>Writes for this point, whose file can be written, from now on; for null, for none.</summary>
    public void Serve(SasePoint? point)
    {
        lock (_lock)
        {
            _point = point?.Plan.SessionLogPath is null ? null : point;
        }
    }

    /// <summary>Writes everything that waits.</summary>
    public void Drain()
    {
        lock (_lock)
        {
            if (_point is SasePoint point)
            {
                Drain(point);
            }
        }
    }

    /// <summary>Ends all sessions of a point, whose worker must not use it any more, and writes that.</summary>
    public void Finish(SasePoint? point)
    {
        lock (_lock)
        {
            if (point is { Node: ManagedServiceNode node, Plan.SessionLogPath: not null })
            {
                node.EndSessions();
                Drain(point);
            }
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        Drain();
        lock (_lock)
        {
            _point = null;
            _json.Dispose();
        }
    }

    private void Drain(SasePoint point)
    {
        while (point.Node!.TryTakeSession(out SessionRecord record))
        {
            _json.Write(record, point.Plan.Name, point.NameOf(record.Vni), _wallOffset);
            _lines++;
            if (_text.WrittenCount > WriteAt)
            {
                Append(point);
            }
        }

        Append(point);
    }

    private void Append(SasePoint point)
    {
        if (_lines == 0)
        {
            return;
        }

        try
        {
            LineFile.Append(point.Plan.SessionLogPath!, _text.WrittenSpan);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A full disk must not stop the switch; 'weft show sase' tells of it.
            point.SessionsUnwritten += _lines;
        }

        _text.ResetWrittenCount();
        _lines = 0;
    }
}
