namespace Weft.Ids;

/// <summary>One step of a rule over the payload.</summary>
/// <remarks>
/// A step does not try one way and come back for the next. It takes the set of all cursors that the steps before can reach
/// (ends of their matches) and leaves the set that it can reach from them; the rule matches if the last set is not empty.
/// </remarks>
internal abstract class PayloadCheck
{
    /// <summary>True if the step depends on the cursor.</summary>
    public abstract bool IsRelative { get; }

    /// <summary>Variable that the step sets, or -1.</summary>
    public virtual int Sets => -1;

    /// <summary>Replaces the cursors. A step that sets a variable is called with one cursor only.</summary>
    public abstract void Apply(ref Evaluation evaluation);

    /// <summary>Writes the step as keywords of a rule.</summary>
    public abstract void Write(RuleWriter to);
}
