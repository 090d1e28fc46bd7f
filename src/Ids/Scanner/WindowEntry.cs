namespace Weft.Ids;

/// <summary>One string under the window that stands for it: what decides nearly every comparison, in 24 bytes.</summary>
/// <param name="Window">Its key bytes with the case bits set; four bytes, three or two.</param>
/// <param name="Pattern">Number of the pattern.</param>
/// <param name="Start">Where its bytes begin in the pool.</param>
/// <param name="Check">Four more of its bytes as a key, looked at before the others; of no use if it has less than four.</param>
/// <param name="CheckOffset">Where these begin in the pattern.</param>
/// <param name="Length">Bytes of the pattern; a longer one is the automaton's.</param>
/// <param name="Offset">Where the window begins in the pattern.</param>
/// <param name="NoCase">Whether letters are compared without case.</param>
internal readonly record struct WindowEntry(uint Window, int Pattern, int Start, uint Check, ushort CheckOffset, ushort Length, byte Offset, bool NoCase);
