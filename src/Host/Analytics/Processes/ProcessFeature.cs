using Weft.Analytics;

namespace Weft.Host.Analytics.Processes;

/// <summary>One thing that a process is or did.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Name">Which.</param>
internal readonly record struct ProcessFeature(FeatureKind Kind, string Name)
{
    /// <summary>Longest name in bytes of UTF-8: what tables of values and features keep whole.</summary>
    public const int MaxNameBytes = 60;

    /// <summary>How many bits of a vector it sets: what a process is and whom it talks to says more than which folder it has a file open in.</summary>
    public int Weight => Kind switch
    {
        FeatureKind.Executable or FeatureKind.Parent or FeatureKind.Listen or FeatureKind.Connect or FeatureKind.Child => 3,
        _ => 1,
    };

    /// <summary>The name that people read for the kind; the event fields of ECS where it has them.</summary>
    public string KindName => Kind switch
    {
        FeatureKind.Executable => "process.executable",
        FeatureKind.Parent => "process.parent.executable",
        FeatureKind.CommandLine => "process.command_line",
        FeatureKind.User => "user.id",
        FeatureKind.Listen => "server.port",
        FeatureKind.Connect => "destination",
        FeatureKind.Child => "process.child.executable",
        FeatureKind.File => "file.directory",
        _ => Kind.ToString().ToLowerInvariant(),
    };
}
