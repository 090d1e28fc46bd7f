namespace Weft.Services;

/// <summary>What two services remember of a flow, when they are one: <see cref="Fused{TFirst, TFirstState, TSecond, TSecondState}"/>.</summary>
/// <typeparam name="TFirst">State of the first.</typeparam>
/// <typeparam name="TSecond">State of the second.</typeparam>
public struct FusedState<TFirst, TSecond>
    where TFirst : unmanaged
    where TSecond : unmanaged
{
    /// <summary>What the first remembers.</summary>
    public TFirst First;

    /// <summary>What the second remembers.</summary>
    public TSecond Second;
}
