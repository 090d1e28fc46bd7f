namespace Weft.Services;

/// <summary>Chooses the services of a flow, once, when its first packet comes. Immutable: a change of rules is a new one.</summary>
public interface IServiceClassifier
{
    /// <summary>The services that packets of the side that opened the flow visit, and those that the answers visit.</summary>
    ServiceSelection Classify(in ServiceFlow flow);
}
