using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Counts the moves of each address in three bytes of its record and says whether it may move once more.</summary>
internal sealed class MoveGuard(MoveDamping options)
{
    /// <summary>In place of a number of moves: the address stays where it is for a while.</summary>
    public const byte Held = byte.MaxValue;

    private const long NanosecondsPerUnit = 100_000_000;

    private readonly int _window = (int)(options.Window.TotalSeconds * 10);
    private readonly int _holdDown = (int)(options.HoldDown.TotalSeconds * 10);

    public bool MayMove(ref FilteringRecord record, Timestamp now)
    {
        Forgive(ref record, now);
        if (record.Moves == Held)
        {
            return false;
        }

        if (record.Moves == 0)
        {
            record.MovesSince = Units(now);
        }

        if (record.Moves < options.MaxMoves)
        {
            record.Moves++;
            return true;
        }

        (record.Moves, record.MovesSince) = (Held, Units(now));
        return false;
    }

    /// <summary>Forgets moves that are long past. It must come by often enough that the sixteen bits do not run round.</summary>
    public void Forgive(ref FilteringRecord record, Timestamp now)
    {
        int passed = (ushort)(Units(now) - record.MovesSince);
        if (record.Moves > 0 && passed >= (record.Moves == Held ? _holdDown : _window))
        {
            record.Moves = 0;
        }
    }

    private static ushort Units(Timestamp now) => (ushort)(now.Nanoseconds / NanosecondsPerUnit);
}
