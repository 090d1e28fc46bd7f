using Weft.Packets;

namespace Weft.Mesh;

/// <summary>
/// Gives numbers to identities: the first that is free, the same one as long as the identity stays, and none again before what was
/// connected under it is gone everywhere. For whoever enrols machines, or checks numbers that people gave.
/// </summary>
/// <remarks>
/// A connection outlives its machine's membership by a while: a closed one rests in TIME_WAIT on either side, a forgotten one in a translator's
/// table. If another machine got the number at once, those remains would be taken for its own.
/// </remarks>
public sealed class MachineNumbers
{
    /// <summary>Twice the four minutes of RFC 9293 section 3.4.2 (MSL of two minutes, twice).</summary>
    public static readonly TimeSpan DefaultQuarantine = TimeSpan.FromMinutes(8);

    private readonly Dictionary<SpiffeId, int> _numbers = [];
    private readonly SortedDictionary<int, Holder> _holders = [];
    private readonly TimeSpan _quarantine;

    /// <summary>Creates an allocator of which no number is taken.</summary>
    /// <param name="capacity">How many numbers there are, 1 to <see cref="MachineId.MaxNumber"/> + 1.</param>
    /// <param name="quarantine">How long a number rests after <see cref="Release"/>; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is outside its range.</exception>
    public MachineNumbers(int capacity, TimeSpan quarantine)
    {
        if (capacity is < 1 or > MachineId.MaxNumber + 1)
        {
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, $"There must be 1 to {MachineId.MaxNumber + 1} numbers.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(quarantine, TimeSpan.Zero);
        Capacity = capacity;
        _quarantine = quarantine;
    }

    /// <summary>How many numbers there are.</summary>
    public int Capacity { get; }

    /// <summary>How many identities have one.</summary>
    public int Count => _numbers.Count;

    /// <summary>Gives an identity its number: the one it has or had, unless another has got it since, otherwise the first that is free.</summary>
    /// <returns>False if every number is taken or rests.</returns>
    public bool TryAllocate(SpiffeId identity, Timestamp now, out MachineId machine)
    {
        if (_numbers.TryGetValue(identity, out int number) || TryFindFormer(identity, out number) || TryFindFree(now, out number))
        {
            machine = new MachineId(number);
            return TryClaim(identity, machine, now);
        }

        machine = default;
        return false;
    }

    /// <summary>Takes a number for an identity, as somebody decided.</summary>
    /// <returns>False if the identity has another number, or the number is another identity's or rests since it was.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is not 0 to <see cref="Capacity"/> - 1.</exception>
    public bool TryClaim(SpiffeId identity, MachineId machine, Timestamp now)
    {
        if (machine.Number < 0 || machine.Number >= Capacity)
        {
            throw new ArgumentOutOfRangeException(nameof(machine), machine, $"A number must be 0 to {Capacity - 1}.");
        }

        if (_numbers.TryGetValue(identity, out int number))
        {
            return number == machine.Number;
        }

        if (_holders.TryGetValue(machine.Number, out Holder holder) && holder.Identity != identity && !IsFree(holder, now))
        {
            return false;
        }

        _holders[machine.Number] = new Holder(identity, Timestamp.MaxValue);
        _numbers.Add(identity, machine.Number);
        return true;
    }

    /// <summary>Takes an identity's number away; it rests from now on.</summary>
    /// <returns>False if the identity has none.</returns>
    public bool Release(SpiffeId identity, Timestamp now)
    {
        if (!_numbers.Remove(identity, out int number))
        {
            return false;
        }

        _holders[number] = new Holder(identity, now + _quarantine);
        return true;
    }

    private static bool IsFree(Holder holder, Timestamp now) => holder.RestsUntil != Timestamp.MaxValue && now >= holder.RestsUntil;

    private bool TryFindFormer(SpiffeId identity, out int number)
    {
        foreach ((int held, Holder holder) in _holders)
        {
            if (holder.Identity == identity)
            {
                number = held;
                return true;
            }
        }

        number = 0;
        return false;
    }

    private bool TryFindFree(Timestamp now, out int number)
    {
        number = 0;
        foreach ((int held, Holder holder) in _holders)
        {
            if (held != number || IsFree(holder, now))
            {
                return true;
            }

            number++;
        }

        return number < Capacity;
    }

    private readonly record struct Holder(SpiffeId Identity, Timestamp RestsUntil);
}
