namespace Weft.Sase.Ownership;

/// <summary>What a message says.</summary>
internal enum PopMessageKind : byte
{
    /// <summary>Who owns which bundle, as far as the sender knows or wants. Its sequence is that of the question it answers, or 0.</summary>
    Announce = 1,

    /// <summary>Flows that changed, numbered.</summary>
    Records = 2,

    /// <summary>Records that came: all up to the sequence, and others behind it. Its incarnation is that of the records.</summary>
    Ack = 3,

    /// <summary>Asks who owns what: the sender stood still and must not go by what it knew.</summary>
    Query = 4,

    /// <summary>What services of tenants remember, numbered as records are; its count is that of octets.</summary>
    Memory = 5,

    /// <summary>As <see cref="Records"/>, with the names of their sessions.</summary>
    NamedRecords = 6,
}
