namespace Weft.Host.Observe;

/// <summary>A kind of event: declared once by the mechanism that publishes it, listed in <see cref="EventTypes"/> and in the guide.</summary>
/// <param name="Source">The mechanism.</param>
/// <param name="Name">Unique within the source, in kebab case.</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Meaning">One sentence for the guide.</param>
/// <param name="Fields">Names of the circumstances that come with it, in their order; at most <see cref="EventFields.Most"/>.</param>
internal sealed record EventType(string Source, string Name, EventSeverity Severity, string Meaning, params string[] Fields);
