namespace Weft.Host.Observe;

/// <summary>One thing that a stage did or found out.</summary>
/// <param name="Stage">Name of the stage.</param>
/// <param name="Text">What, in words.</param>
public sealed record TraceLine(string Stage, string Text);
