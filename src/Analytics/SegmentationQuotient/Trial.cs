namespace Weft.Analytics;

/// <summary>A change that is tried: one entity with other peers, or with another value of its own.</summary>
/// <param name="Entity">Which; -1 for none.</param>
/// <param name="Own">What its measured attributes give then; NaN if that stays.</param>
/// <param name="Peers">Its peers then; null if they stay.</param>
internal readonly record struct Trial(int Entity, double Own, PeerEdge[]? Peers)
{
    public static Trial None => new(-1, double.NaN, null);

    public double Mean(double[] shares)
    {
        double sum = 0;
        double weights = 0;
        foreach (PeerEdge edge in Peers!)
        {
            sum += edge.Weight * shares[edge.Peer.Index];
            weights += edge.Weight;
        }

        return weights == 0 ? double.NaN : sum / weights;
    }

    public double Min(double[] shares) => Peers!.Length == 0 ? double.NaN : Peers.Min(edge => shares[edge.Peer.Index]);
}
