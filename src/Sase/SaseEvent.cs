namespace Weft.Sase;

/// <summary>Something that operators want to know.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Bundle">The bundle, -1 for all.</param>
/// <param name="Epoch">The epoch that the bundle is in.</param>
public readonly record struct SaseEvent(SaseEventKind Kind, int Bundle, Epoch Epoch);
