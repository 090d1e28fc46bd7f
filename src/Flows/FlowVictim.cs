namespace Weft.Flows;

/// <summary>The entry that had to go for a new one, as it was, so that its owner can give back what it held.</summary>
/// <typeparam name="TKey">The table's key.</typeparam>
/// <typeparam name="TValue">The table's value.</typeparam>
/// <param name="Key">Its key (the forward key of a session).</param>
/// <param name="Value">Its value at the end.</param>
/// <param name="Exists">False if no entry had to go; key and value are then meaningless.</param>
public readonly record struct FlowVictim<TKey, TValue>(TKey Key, TValue Value, bool Exists)
    where TKey : unmanaged
    where TValue : unmanaged;
