namespace Weft.MeshAgent;

/// <summary>Something that an operator should know.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">One sentence for people, with names and addresses.</param>
public readonly record struct MeshAgentEvent(MeshAgentEventKind Kind, string Text);
