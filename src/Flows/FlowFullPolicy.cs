namespace Weft.Flows;

/// <summary>What a full table does with a new key.</summary>
public enum FlowFullPolicy : byte
{
    /// <summary>Refuses it. For state that others rely on: translations, sessions, bindings (RFC 6888 requirement 11).</summary>
    Refuse,

    /// <summary>
    /// Evicts an entry that was not looked up lately and takes its place: CLOCK, or second chance. A hand goes round the
    /// entries; one that was found since the hand last passed is spared once. The hand moves at most
    /// <see cref="FlowTableOptions.EvictionSteps"/> places an addition and then takes the entry it points at, so the work is
    /// bounded even if every entry is in use. For caches, whose entries can be learned again.
    /// </summary>
    EvictIdle,
}
