using Weft.Packets;

namespace Weft.Bridge;

/// <summary>How many places of a table are to be examined for aged entries, so that a round takes a sixteenth of the ageing time.</summary>
internal struct SweepPace(Timestamp start)
{
    private const int RoundsPerAgeing = 16;

    private Timestamp _last = start;
    private double _due;

    /// <summary>Places due now. What the budget leaves over, and fractions of a place, are due next time; at most one round is.</summary>
    public int Take(Timestamp now, TimeSpan ageing, int capacity, int budget)
    {
        if (now <= _last)
        {
            return 0;
        }

        double rounds = (now - _last).Ticks * (double)RoundsPerAgeing / ageing.Ticks;
        _due = Math.Min(_due + (rounds * capacity), capacity);
        _last = now;
        int places = (int)Math.Min(_due, budget);
        _due -= places;
        return places;
    }
}
