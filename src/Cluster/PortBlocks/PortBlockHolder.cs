namespace Weft.Cluster;

/// <summary>What the store knows of a block.</summary>
/// <param name="Host">Who holds it, or held it last.</param>
internal sealed record PortBlockHolder(string Host);
