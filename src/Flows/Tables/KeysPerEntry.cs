namespace Weft.Flows.Tables;

/// <summary>How many keys lead to an entry, as a type, so that offsets are constants to the compiler.</summary>
internal interface IKeysPerEntry
{
    static abstract int Count { get; }
}

/// <summary>A flow: one key.</summary>
internal readonly struct OneKey : IKeysPerEntry
{
    public static int Count => 1;
}

/// <summary>A session: the keys of both directions.</summary>
internal readonly struct TwoKeys : IKeysPerEntry
{
    public static int Count => 2;
}
