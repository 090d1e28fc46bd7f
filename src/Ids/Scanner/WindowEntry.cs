namespace Weft.Ids;

/// <summary>One string under the window that stands for it: all that a comparison needs in sixteen bytes.</summary>
/// <param name="Window">Its key bytes with the case bits set; four bytes, three or two.</param>
/// <param name="Pattern">Number of the pattern.</param>
/// <param name="Start">Where its bytes begin in the pool.</param>
/// <param name="Length">Bytes of the pattern; a longer one is the automaton's.</param>
/// <param name="Offset">Where the window begins in the pattern.</param>
/// <param name="NoCase">Whether letters are compared without case.</param>
internal readonly record struct WindowEntry(uint Window, int Pattern, int Start, ushort Length, byte Offset, bool NoCase);
