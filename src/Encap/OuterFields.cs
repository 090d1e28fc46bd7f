namespace Weft.Encap;

/// <summary>What the outer headers of one inner frame take from it; the same in every fragment of the frame.</summary>
/// <param name="Vni">Virtual network.</param>
/// <param name="SourcePort">Entropy of the inner flow.</param>
/// <param name="TrafficClass">Code point and congestion field.</param>
internal readonly record struct OuterFields(uint Vni, ushort SourcePort, byte TrafficClass);
