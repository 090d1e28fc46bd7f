using Weft.Packets;

namespace Weft.Nat;

/// <summary>An answer of <see cref="IPortBlockLeases"/>.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Block">Which block, and the epoch of the lease; meaningless if denied.</param>
/// <param name="Expires">When the lease ends unless it is renewed.</param>
/// <param name="Predecessor">Granted: the epoch under which another host had the block before, 0 if none did.</param>
/// <param name="HoldDown">Granted: true if that was so short a while ago that its ports must rest first.</param>
public readonly record struct LeaseAnswer(LeaseAnswerKind Kind, PortBlock Block, Timestamp Expires, uint Predecessor = 0, bool HoldDown = false);
