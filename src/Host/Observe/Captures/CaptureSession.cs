using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Tapping;

namespace Weft.Host.Observe.Captures;

/// <summary>One capture: what is wanted, and the lanes that bring it from the workers.</summary>
internal sealed class CaptureSession : ITapSource
{
    private const int MinSnapLength = 14;

    private readonly CaptureRequest _request;
    private readonly StageId? _stage;
    private readonly DropReason? _reason;
    private readonly CaptureFilter? _filter;
    private readonly List<TapLane> _lanes = [];

    /// <exception cref="ArgumentException">The request asks for what there is not.</exception>
    public CaptureSession(CaptureRequest request, SwitchPlan plan, IEnumerable<string> stages)
    {
        _request = request;
        if (request.Port is string port && !plan.Ports.Any(known => known.Name == port))
        {
            throw new ArgumentException($"There is no port {port}; there are {string.Join(", ", plan.Ports.Select(known => known.Name))}.");
        }

        if (request is { Stage: not null, DropReason: not null })
        {
            throw new ArgumentException("Frames are captured at a stage or where they are dropped, not both.");
        }

        _stage = request.Stage is null ? null : StageOf(request.Stage, [.. stages]);
        _reason = request.DropReason is null ? null : ReasonOf(request.DropReason);
        _filter = request.Filter is null ? null : CaptureFilter.Parse(request.Filter);
        Require(request.Count is null or > 0, "A capture ends after 1 frame or more.");
        Require(request.Seconds is null or > 0, "A capture lasts more than 0 seconds.");
        Require(request.SnapLength is >= MinSnapLength and <= CaptureRequest.MaxSnapLength, $"Of each frame {MinSnapLength} to {CaptureRequest.MaxSnapLength} bytes can be kept.");
    }

    /// <summary>Frames that found no room.</summary>
    public long Lost
    {
        get
        {
            lock (_lanes)
            {
                return _lanes.Sum(lane => lane.Lost);
            }
        }
    }

    public TapWish WishOf(SwitchPlan plan) => _stage == StageId.Transmit
        ? TapWish.Of(plan, _request.Port, stage: null, reason: null, input: false, output: true)
        : TapWish.Of(plan, _request.Port, _stage, _reason, _request.Direction != CaptureDirection.Out, _request.Direction != CaptureDirection.In);

    public TapLane LaneOf(int worker, SwitchPlan plan)
    {
        lock (_lanes)
        {
            while (_lanes.Count <= worker)
            {
                _lanes.Add(new TapLane(Math.Min(_request.SnapLength, plan.PoolBufferBytes), _filter));
            }

            return _lanes[worker];
        }
    }

    /// <summary>Workers take no more copies.</summary>
    public void Close()
    {
        lock (_lanes)
        {
            _lanes.ForEach(lane => lane.Close());
        }
    }

    /// <summary>Gives the memory of all copies back: no worker has the lanes any more, and nobody reads what they brought.</summary>
    public void Recycle()
    {
        lock (_lanes)
        {
            _lanes.ForEach(lane => lane.Recycle());
            _lanes.Clear();
        }
    }

    /// <summary>Takes what the workers handed over, by the time at which it was there. Each record has to be given back to its lane.</summary>
    public void Take(List<(TapRecord Record, TapLane Lane)> into)
    {
        lock (_lanes)
        {
            foreach (TapLane lane in _lanes)
            {
                while (lane.TryTake(out TapRecord record))
                {
                    into.Add((record, lane));
                }
            }
        }

        if (_lanes.Count > 1)
        {
            // What one worker saw stays in its order.
            (TapRecord, TapLane)[] ordered = [.. into.OrderBy(taken => taken.Record.At.Nanoseconds)];
            into.Clear();
            into.AddRange(ordered);
        }
    }

    private static StageId StageOf(string name, string[] stages) => stages.Contains(name)
        ? Enum.GetValues<StageId>().First(stage => StageNames.Of(stage) == name)
        : throw new ArgumentException($"There is no stage {name}; this configuration has {string.Join(", ", stages)}.");

    private static DropReason ReasonOf(string name) =>
        name == CaptureRequest.AnyReason ? DropReason.None
        : DropReasons.TryParse(name, out DropReason reason) ? reason
        : throw new ArgumentException($"There is no drop reason {name}; 'weft explain' lists them, and '{CaptureRequest.AnyReason}' stands for all.");

    private static void Require(bool condition, string rule)
    {
        if (!condition)
        {
            throw new ArgumentException(rule);
        }
    }
}
