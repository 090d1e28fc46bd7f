namespace Weft.Ids;

/// <summary>What the parts of an expression matched: of each where it begins as long as it is open, and where it began and ended when it was closed last.</summary>
internal sealed class ExpressionParts
{
    private const int Slots = 3;

    private readonly int[] _places = new int[Slots * (ExpressionCompiler.MaxSteps + 1)];
    private int _count;

    public int this[int slot]
    {
        get => _places[slot];
        set => _places[slot] = value;
    }

    public static int OpenOf(int part) => Slots * part;

    public static int StartOf(int part) => Slots * part + 1;

    public static int EndOf(int part) => Slots * part + 2;

    /// <summary>Forgets all parts.</summary>
    public void Begin(int count)
    {
        _count = count;
        _places.AsSpan(0, Slots * (count + 1)).Fill(-1);
    }

    /// <summary>True if what a part matched stands at a place, too; false if it matched nothing yet.</summary>
    public bool IsRepeated(ReadOnlySpan<byte> subject, int part, bool ignoreCase, int place, out int length)
    {
        length = 0;
        int end = part > _count ? -1 : _places[EndOf(part)];
        if (end < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> captured = subject[_places[StartOf(part)]..end];
        ReadOnlySpan<byte> rest = subject[place..];
        length = captured.Length;
        if (length > rest.Length || !ignoreCase)
        {
            return rest.StartsWith(captured);
        }

        for (int i = 0; i < length; i++)
        {
            if (AsciiCase.Fold(captured[i]) != AsciiCase.Fold(rest[i]))
            {
                return false;
            }
        }

        return true;
    }
}
