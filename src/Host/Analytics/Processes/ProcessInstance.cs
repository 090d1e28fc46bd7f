using System.Security.Cryptography;
using System.Text;
using Weft.Analytics;

namespace Weft.Host.Analytics.Processes;

/// <summary>One process while it lives: what it is, and what it was seen doing so far.</summary>
internal sealed class ProcessInstance
{
    private const int MaxFeatures = 256;
    private const int MaxLineage = 4;

    private readonly HashSet<ProcessFeature> _features = [];

    public ProcessInstance(ProcessDescription description, ProcessInstance? parent, string parentExecutable)
    {
        Description = description;
        Parent = parentExecutable;
        Lineage = [.. (parent?.Lineage ?? []).Prepend(parentExecutable).Take(MaxLineage)];
        Add(FeatureKind.Executable, description.Executable);
        Add(FeatureKind.Parent, parentExecutable);
        if (Lineage.Count > 1)
        {
            Add(FeatureKind.Parent, string.Join(" < ", Lineage.Take(3).Select(Path.GetFileName)));
        }

        Add(FeatureKind.User, $"{description.UserId}");
        foreach (string word in CommandLineShape.Of(description.Arguments))
        {
            Add(FeatureKind.CommandLine, word);
        }
    }

    /// <summary>What /proc said when it began.</summary>
    public ProcessDescription Description { get; }

    /// <summary>Its parent's program.</summary>
    public string Parent { get; }

    /// <summary>Its parent's program, its grandparent's, and so on.</summary>
    public IReadOnlyList<string> Lineage { get; }

    /// <summary>What it is and did.</summary>
    public IReadOnlyCollection<ProcessFeature> Features => _features;

    /// <summary>Features that came since <see cref="TakeNews"/>.</summary>
    public bool HasNews => News.Count > 0;

    /// <summary>The exact peers behind the features of connections, for explanations.</summary>
    public Dictionary<string, string> Peers { get; } = [];

    /// <summary>Whether others can reach it: it listens.</summary>
    public bool IsService { get; private set; }

    /// <summary>
    /// Time from its beginning to the first alarm of it, to ten milliseconds; negative if it was normal at first, since then it says
    /// nothing about how soon what it did was noticed; null before it was judged.
    /// </summary>
    public TimeSpan? Latency { get; set; }

    /// <summary>Features beyond the most that one process may have.</summary>
    public long FeaturesRefused { get; private set; }

    private List<ProcessFeature> News { get; } = [];

    /// <summary>Notes a feature.</summary>
    public void Add(FeatureKind kind, string name)
    {
        var feature = new ProcessFeature(kind, Bounded(name));
        if (_features.Contains(feature))
        {
            return;
        }

        if (_features.Count == MaxFeatures)
        {
            FeaturesRefused++;
            return;
        }

        _ = _features.Add(feature);
        News.Add(feature);
        IsService |= kind == FeatureKind.Listen;
    }

    /// <summary>The features that came since the last call.</summary>
    public IReadOnlyList<ProcessFeature> TakeNews()
    {
        ProcessFeature[] news = [.. News];
        News.Clear();
        return news;
    }

    /// <summary>A name that is too long keeps its beginning and gets a hash of it all, so that two long names stay two.</summary>
    private static string Bounded(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) <= ProcessFeature.MaxNameBytes)
        {
            return name;
        }

        string hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 6));
        int kept = Math.Min(name.Length, ProcessFeature.MaxNameBytes - hash.Length - 3);
        while (Encoding.UTF8.GetByteCount(name.AsSpan(0, kept)) > ProcessFeature.MaxNameBytes - hash.Length - 3)
        {
            kept--;
        }

        return $"{name[..kept]}…{hash}";
    }
}
