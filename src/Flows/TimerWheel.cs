using System.Numerics;
using System.Runtime.CompilerServices;
using Weft.Packets;

namespace Weft.Flows;

/// <summary>
/// One deadline for each of a fixed number of things that have an index already: the place of a
/// <see cref="FlowTable{TKey, TValue}"/> entry (<see cref="FlowHandle.Index"/>), a packet buffer, a session. Arming, re-arming and
/// cancelling take the same short time however many timers there are.
/// </summary>
/// <remarks>
/// <para>
/// <b>Never early.</b> A deadline is rounded up to a whole <see cref="TimerWheelOptions.Resolution"/> since the start, and the timer
/// fires at the first <see cref="Advance"/> that is not before that. Timers fire in the order of their ticks; those of one tick
/// in no particular order.
/// </para>
/// <para>
/// <b>How it works.</b> Levels of 64 slots, the slots of a level 64 times as long as those of the one below (Varghese and
/// Lauck's hierarchical wheel). A timer lies on the level of the highest base-64 digit in which its tick differs from now, in the
/// slot that this digit says, and comes down a level each time that digit is reached: at most eleven times for the
/// longest deadline there is, twice for one of a minute at 10 ms. A bitmap a level makes empty time free, so advancing by a
/// week costs what happens in it.
/// </para>
/// <para>
/// <b>Seldom re-arm.</b> A timer that every packet postpones need not be re-armed by every packet: write down when the flow was
/// last seen, and re-arm when the timer fires too soon for that.
/// </para>
/// One thread uses a wheel at a time. Memory: 24 bytes a timer.
/// </remarks>
public sealed class TimerWheel
{
    private const int DigitBits = 6;
    private const int SlotsPerLevel = 1 << DigitBits;
    private const int Levels = 11; // 66 bits: every tick there is has a place, none overflows
    private const int None = -1;

    private readonly Timer[] _timers;
    private readonly int[] _heads = new int[Levels * SlotsPerLevel];
    private readonly ulong[] _occupied = new ulong[Levels];
    private readonly long _resolution;
    private readonly long _start;
    private ulong _now;
    private int _cascading = None;

    /// <summary>Allocates the wheel; no timer is armed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside its documented range.</exception>
    public TimerWheel(TimerWheelOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Capacity is < 1 or > TimerWheelOptions.MaxCapacity)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Capacity, $"{nameof(TimerWheelOptions.Capacity)} must be 1 to {TimerWheelOptions.MaxCapacity}.");
        }

        if (options.Resolution < TimeSpan.FromMicroseconds(1) || options.Resolution > TimeSpan.FromHours(1))
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Resolution, $"{nameof(TimerWheelOptions.Resolution)} must be 1 µs to 1 hour.");
        }

        _timers = new Timer[options.Capacity];
        _timers.AsSpan().Fill(new Timer { Slot = None });
        _heads.AsSpan().Fill(None);
        _resolution = options.Resolution.Ticks * Timestamp.NanosecondsPerTick;
        _start = options.Start.Nanoseconds;
        Resolution = options.Resolution;
    }

    /// <summary>Number of timers.</summary>
    public int Capacity => _timers.Length;

    /// <summary>Timers that are armed now.</summary>
    public int Armed { get; private set; }

    /// <summary>The wheel's tick.</summary>
    public TimeSpan Resolution { get; }

    /// <summary>
    /// The earliest time when <see cref="Advance"/> has something to do: no timer fires before it. <see cref="Timestamp.MaxValue"/>
    /// if none is armed. A worker may sleep until then, and calls again at once if it is not after the time it advanced to.
    /// </summary>
    public Timestamp NextWork
    {
        get
        {
            int slot = EarliestSlot(out ulong begin);
            ulong range = ((ulong)long.MaxValue - (ulong)_start) / (ulong)_resolution;
            return slot == None || begin > range ? Timestamp.MaxValue : new Timestamp(_start + (long)(begin * (ulong)_resolution));
        }
    }

    /// <summary>True if the timer is armed.</summary>
    /// <exception cref="IndexOutOfRangeException"><paramref name="timer"/> is not 0 to <see cref="Capacity"/> - 1.</exception>
    public bool IsArmed(int timer) => _timers[timer].Slot != None;

    /// <summary>When a timer fires: its deadline, rounded up to a whole tick; <see cref="Timestamp.MaxValue"/> if it is not armed.</summary>
    /// <exception cref="IndexOutOfRangeException"><paramref name="timer"/> is not 0 to <see cref="Capacity"/> - 1.</exception>
    public Timestamp DeadlineOf(int timer) =>
        _timers[timer].Slot == None ? Timestamp.MaxValue : new Timestamp(_start + ((long)_timers[timer].Tick * _resolution));

    /// <summary>Arms a timer, or postpones or advances it if it is armed. Constant time.</summary>
    /// <param name="timer">Which.</param>
    /// <param name="deadline">When it shall fire; if that is past, at the next <see cref="Advance"/>.</param>
    /// <exception cref="IndexOutOfRangeException"><paramref name="timer"/> is not 0 to <see cref="Capacity"/> - 1.</exception>
    public void Arm(int timer, Timestamp deadline)
    {
        ref Timer node = ref _timers[timer];
        if (node.Slot == None)
        {
            Armed++;
        }
        else
        {
            Unlink(ref node);
        }

        node.Tick = TickAtOrAfter(deadline);
        Link(timer, ref node);
    }

    /// <summary>Disarms a timer. Constant time.</summary>
    /// <returns>False if it was not armed.</returns>
    /// <exception cref="IndexOutOfRangeException"><paramref name="timer"/> is not 0 to <see cref="Capacity"/> - 1.</exception>
    public bool Cancel(int timer)
    {
        ref Timer node = ref _timers[timer];
        if (node.Slot == None)
        {
            return false;
        }

        Unlink(ref node);
        node.Slot = None;
        Armed--;
        return true;
    }

    /// <summary>Disarms all timers, armed or not, without looking at one after the other.</summary>
    public void Clear()
    {
        _timers.AsSpan().Fill(new Timer { Slot = None });
        _heads.AsSpan().Fill(None);
        _occupied.AsSpan().Clear();
        (_cascading, Armed) = (None, 0);
    }

    /// <summary>Turns the wheel to a time and disarms the timers that are due.</summary>
    /// <param name="now">The time. One before that of an earlier call turns nothing back.</param>
    /// <param name="expired">Gets the timers that fired. If it is full, the others fire at the next call.</param>
    /// <param name="budget">
    /// Most timers handled, fired or moved down a level: the bound of the work. What is left over is done by the next call, and
    /// nothing is lost or reordered by it (<see cref="NextWork"/> tells).
    /// </param>
    /// <returns>How many fired.</returns>
    public int Advance(Timestamp now, Span<int> expired, int budget)
    {
        ulong target = TickAtOrBefore(now);
        int fired = 0;
        while (fired < expired.Length && budget > 0)
        {
            if (!TryReachSlot(target, out int slot))
            {
                _now = Math.Max(_now, target);
                break;
            }

            int timer = _heads[slot];
            ref Timer node = ref _timers[timer];
            Unlink(ref node);
            budget--;
            if (slot < SlotsPerLevel)
            {
                node.Slot = None;
                Armed--;
                expired[fired++] = timer;
            }
            else
            {
                Link(timer, ref node);
            }
        }

        return fired;
    }

    /// <summary>Finds the earliest slot that begins by <paramref name="target"/> and turns the wheel to its beginning.</summary>
    private bool TryReachSlot(ulong target, out int slot)
    {
        slot = EarliestSlot(out ulong begin);
        if (slot == None || begin > target)
        {
            return false;
        }

        _now = Math.Max(_now, begin);
        _cascading = slot < SlotsPerLevel ? None : slot;
        return true;
    }

    private int EarliestSlot(out ulong begin)
    {
        // A slot that is being emptied comes first: what is still in it may be due before what has already left it.
        if (_cascading != None && _heads[_cascading] != None)
        {
            begin = 0;
            return _cascading;
        }

        // Then the lowest level that has timers: they share all higher digits with now, those above do not.
        for (int level = 0; level < Levels; level++)
        {
            if (_occupied[level] != 0)
            {
                int digit = BitOperations.TrailingZeroCount(_occupied[level]);
                int shift = level * DigitBits;
                begin = (((_now >> shift) & ~(SlotsPerLevel - 1UL)) | (uint)digit) << shift;
                return level * SlotsPerLevel + digit;
            }
        }

        begin = ulong.MaxValue;
        return None;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong TickAtOrAfter(Timestamp time)
    {
        ulong elapsed = Elapsed(time);
        ulong tick = elapsed / (ulong)_resolution;
        return tick * (ulong)_resolution == elapsed ? tick : tick + 1;
    }

    private ulong TickAtOrBefore(Timestamp time) => Elapsed(time) / (ulong)_resolution;

    /// <summary>Nanoseconds since the start, 0 for what was before it; the difference of two longs fits an unsigned one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Elapsed(Timestamp time) => time.Nanoseconds <= _start ? 0 : (ulong)time.Nanoseconds - (ulong)_start;

    private void Link(int timer, ref Timer node)
    {
        ulong tick = Math.Max(node.Tick, _now);
        ulong difference = tick ^ _now;
        int level = difference == 0 ? 0 : BitOperations.Log2(difference) / DigitBits;
        int digit = (int)(tick >> (level * DigitBits)) & (SlotsPerLevel - 1);
        int slot = level * SlotsPerLevel + digit;

        int head = _heads[slot];
        node.Slot = slot;
        node.Previous = None;
        node.Next = head;
        if (head != None)
        {
            _timers[head].Previous = timer;
        }

        _heads[slot] = timer;
        _occupied[level] |= 1UL << digit;
    }

    private void Unlink(ref Timer node)
    {
        if (node.Next != None)
        {
            _timers[node.Next].Previous = node.Previous;
        }

        if (node.Previous != None)
        {
            _timers[node.Previous].Next = node.Next;
            return;
        }

        _heads[node.Slot] = node.Next;
        if (node.Next == None)
        {
            _occupied[node.Slot / SlotsPerLevel] &= ~(1UL << (node.Slot % SlotsPerLevel));
        }
    }

    private struct Timer
    {
        public ulong Tick;
        public int Next;
        public int Previous;
        public int Slot;
    }
}
