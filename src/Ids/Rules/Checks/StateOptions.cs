namespace Weft.Ids;

/// <summary>What <c>flowint</c> does with a number of the conversation.</summary>
internal enum FlowNumberAction : byte
{
    IsSet,
    IsNotSet,
    Compare,
    Set,
    Add,
    Subtract,
}

/// <summary>One <c>flowint</c>.</summary>
/// <param name="Name">The number.</param>
/// <param name="Action">What it does: tests before the alert, changes with it.</param>
/// <param name="Range">Values that match a comparison.</param>
/// <param name="Operand">Value of a change.</param>
internal sealed record FlowNumber(string Name, FlowNumberAction Action, NumberRange Range, uint Operand);

/// <summary>One <c>xbits</c> or <c>hostbits</c>: a bit of an address or of a pair of them.</summary>
/// <param name="Action">What it does.</param>
/// <param name="Name">The bit.</param>
/// <param name="Track">Whose bit.</param>
/// <param name="Seconds">How long it stays set.</param>
internal sealed record AddressBit(FlowBitAction Action, string Name, ThresholdTrack Track, int Seconds);

/// <summary>One <c>app-layer-protocol</c>.</summary>
/// <param name="Apps">Protocols of which one is enough.</param>
/// <param name="WantsFailed">True if a conversation whose protocol could not be told matches.</param>
/// <param name="IsNegated">True if none of them may be.</param>
/// <param name="Direction">1 for what the client speaks, 2 for the server, 0 for both, 3 for either of them, 4 for the one that was decided on.</param>
internal sealed record AppCheck(AppProtocol[] Apps, bool WantsFailed, bool IsNegated, byte Direction);
