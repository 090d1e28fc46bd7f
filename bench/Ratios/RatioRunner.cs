namespace Weft.Bench.Ratios;

/// <summary>Measures one ratio: both sides alternately, so that what the machine does meanwhile meets both.</summary>
internal static class RatioRunner
{
    private const int FullRounds = 15;
    private const int ShortRounds = 3;

    /// <summary>Runs <paramref name="ratio"/> to its end and disposes it.</summary>
    public static RatioResult Run(IRatio ratio, bool shortRun)
    {
        using IRatio disposing = ratio;
        ratio.SetUp(shortRun);
        string? missing = ratio.SetUpPeer();

        // One round each that nobody counts: code is compiled, pages are touched, caches know their data.
        Sample expected = ratio.Ours();
        string? differs = missing is null ? Compare(expected, ratio.Peer()) : null;

        int rounds = shortRun ? ShortRounds : FullRounds;
        double[] ours = new double[rounds];
        double[] peer = new double[rounds];
        for (int round = 0; round < rounds && differs is null; round++)
        {
            Sample our = ratio.Ours();
            ours[round] = our.Cost;
            if (missing is null)
            {
                Sample other = ratio.Peer();
                peer[round] = other.Cost;
                differs = Compare(our, other);
            }
        }

        return Summarise(ratio, ours, peer, missing, differs);
    }

    private static RatioResult Summarise(IRatio ratio, double[] ours, double[] peer, string? missing, string? differs)
    {
        var line = new RatioResult { Package = ratio.Package, Name = ratio.Name, PeerName = ratio.PeerName, Unit = ratio.Unit, Goal = ratio.Goal, Limit = ratio.Limit };
        if (differs is not null)
        {
            return line with { Differs = differs };
        }

        double our = Figure(ours, ratio.Statistic);
        if (missing is not null)
        {
            return line with { Ours = Round(our), Skipped = missing };
        }

        double other = Figure(peer, ratio.Statistic);
        return line with { Ours = Round(our), Peer = Round(other), Ratio = Math.Round(our / other, 3), Met = our <= other * ratio.Goal && !(our > ratio.Limit) };
    }

    private static string? Compare(Sample ours, Sample peer) =>
        ours.Result == peer.Result ? null : $"ours computed {ours.Result}, the peer {peer.Result}";

    private static double Figure(double[] passes, Statistic statistic)
    {
        Array.Sort(passes);
        return statistic == Statistic.Minimum ? passes[0] : passes[passes.Length / 2];
    }

    /// <summary>Four significant digits: the machine does not hold more.</summary>
    private static double Round(double value) =>
        value <= 0 ? value : Math.Round(value, Math.Clamp(3 - (int)Math.Floor(Math.Log10(value)), 0, 15));
}
