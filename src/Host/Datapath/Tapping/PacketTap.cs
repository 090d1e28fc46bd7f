using Weft.Host.Config;

namespace Weft.Host.Datapath.Tapping;

/// <summary>
/// Takes copies of what passes through one worker, for captures. A worker that nobody captures from has none, and what that costs is a
/// comparison with null a burst, a stage and a port.
/// </summary>
internal sealed class PacketTap
{
    private readonly TapLane?[] _lanes = new TapLane?[TapMarks.Captures];
    private readonly string[] _ports;

    private PacketTap(SwitchPlan plan) => _ports = [.. plan.Ports.Select(port => port.Name)];

    /// <summary>The tap of a worker.</summary>
    /// <returns>Null if there are no captures.</returns>
    public static PacketTap? Of(IReadOnlyList<ITapSource?> captures, SwitchPlan plan, int worker)
    {
        if (captures.All(capture => capture is null))
        {
            return null;
        }

        var tap = new PacketTap(plan);
        for (int i = 0; i < captures.Count; i++)
        {
            if (captures[i] is ITapSource capture)
            {
                tap._lanes[i] = capture.LaneOf(worker, plan);
                tap._lanes[i]!.Wish = capture.WishOf(plan);
            }
        }

        return tap;
    }

    /// <summary>Ports have received frames.</summary>
    public void Received(PacketVector vector, ushort slot)
    {
        for (int i = 0; i < _lanes.Length; i++)
        {
            if (_lanes[i] is TapLane lane && lane.Wish.In)
            {
                Take(lane, i, vector, slot, TapPoint.In);
            }
        }
    }

    /// <summary>A stage is about to deal with frames. What it left for want of room comes again and was seen before.</summary>
    public void AtStage(PacketVector vector, StageId stage, ReadOnlySpan<ushort> slots)
    {
        for (int i = 0; i < _lanes.Length; i++)
        {
            if (_lanes[i] is not TapLane lane || lane.Wish.Stage != stage)
            {
                continue;
            }

            foreach (ushort slot in slots)
            {
                ref PacketContext context = ref vector[slot];
                if (!context.IsReplica && !context.WasPutBack)
                {
                    Take(lane, i, vector, slot, TapPoint.Stage, stage);
                }
            }
        }

        foreach (ushort slot in slots)
        {
            vector[slot].WasPutBack = false;
        }
    }

    /// <summary>A port has sent a frame.</summary>
    public void Sent(PacketVector vector, ushort slot, int port)
    {
        ref PacketContext context = ref vector[slot];
        for (int i = 0; i < _lanes.Length; i++)
        {
            if (_lanes[i] is not TapLane lane)
            {
                continue;
            }

            if (context.Taps[i] is ushort mark and > 0)
            {
                lane.FateOf(mark).AddSent(port);
            }

            if (lane.Wish.Out && lane.Wish.Concerns(port))
            {
                ushort own = lane.Take(vector.Bytes(slot), vector.Now, TapPoint.Out, StageId.Transmit, context.Ingress, _ports);
                if (own > 0)
                {
                    lane.FateOf(own).AddSent(port);
                }
            }
        }
    }

    /// <summary>A frame, or a copy, was dropped.</summary>
    public void Dropped(PacketVector vector, ushort slot, DropReason reason)
    {
        TapMarks marks = vector[slot].Taps;
        for (int i = 0; marks.Any && i < _lanes.Length; i++)
        {
            if (marks[i] > 0)
            {
                _lanes[i]?.FateOf(marks[i]).AddDrop(reason);
            }
        }

        Dropped(vector, vector.Bytes(slot), vector[slot].Ingress, reason);
    }

    /// <summary>A frame that waited was dropped.</summary>
    public void Dropped(PacketVector vector, ReadOnlySpan<byte> frame, int ingress, DropReason reason)
    {
        foreach (TapLane? lane in _lanes)
        {
            if (lane is not null && lane.Wish.Drops && (lane.Wish.Reason == DropReason.None || lane.Wish.Reason == reason) && lane.Wish.Concerns(ingress))
            {
                ushort own = lane.Take(frame, vector.Now, TapPoint.Drop, DropReasons.StageOf(reason), ingress, _ports);
                if (own > 0)
                {
                    lane.FateOf(own).AddDrop(reason);
                }
            }
        }
    }

    /// <summary>A frame was meant for the switch.</summary>
    public void Consumed(TapMarks marks)
    {
        for (int i = 0; marks.Any && i < _lanes.Length; i++)
        {
            if (marks[i] > 0 && _lanes[i] is TapLane lane)
            {
                lane.FateOf(marks[i]).Consumed = true;
            }
        }
    }

    /// <summary>A frame waits for a neighbour.</summary>
    public void Held(TapMarks marks)
    {
        for (int i = 0; marks.Any && i < _lanes.Length; i++)
        {
            if (marks[i] > 0 && _lanes[i] is TapLane lane)
            {
                lane.FateOf(marks[i]).Held = true;
            }
        }
    }

    /// <summary>Another worker took a frame over.</summary>
    public void HandedOver(TapMarks marks, int worker)
    {
        for (int i = 0; marks.Any && i < _lanes.Length; i++)
        {
            if (marks[i] > 0 && _lanes[i] is TapLane lane)
            {
                ref TapFate fate = ref lane.FateOf(marks[i]);
                (fate.HandedOver, fate.Worker) = (fate.HandedOver + 1, worker);
            }
        }
    }

    /// <summary>The burst is at its end.</summary>
    public void Complete()
    {
        foreach (TapLane? lane in _lanes)
        {
            lane?.Complete();
        }
    }

    private void Take(TapLane lane, int capture, PacketVector vector, ushort slot, TapPoint point, StageId stage = StageId.Ingress)
    {
        ref PacketContext context = ref vector[slot];
        if (lane.Wish.Concerns(context.Ingress))
        {
            context.Taps[capture] = lane.Take(vector.Bytes(slot), vector.Now, point, stage, context.Ingress, _ports);
        }
    }
}
