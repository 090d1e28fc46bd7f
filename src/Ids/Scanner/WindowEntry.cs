namespace Weft.Ids;

/// <summary>One string under the window that stands for it: what decides nearly every comparison, in 32 bytes, two to a cache line.</summary>
/// <param name="Text">Eight of its bytes, all it has if these are fewer.</param>
/// <param name="Mask">The bits of <paramref name="Text"/> that count: not those behind its end, and not the case of letters if it does not matter.</param>
/// <param name="Window">Its key bytes with the case bits set; four bytes, three or two.</param>
/// <param name="Pattern">Number of the pattern.</param>
/// <param name="TextOffset">Where <paramref name="Text"/> begins in the pattern.</param>
/// <param name="FromWindow">From the window to <paramref name="Text"/>, negative if the window is further behind.</param>
/// <param name="Length">Bytes of the pattern; a longer one is the automaton's.</param>
/// <param name="NoCase">Whether letters are compared without case.</param>
internal readonly record struct WindowEntry(ulong Text, ulong Mask, uint Window, int Pattern, ushort TextOffset, short FromWindow, ushort Length, bool NoCase)
{
    /// <summary>Bytes up to which the text is the whole pattern.</summary>
    public const int TextLength = sizeof(ulong);

    /// <summary>Where the window begins in the pattern.</summary>
    public int Offset => TextOffset - FromWindow;
}
