using System.Runtime.CompilerServices;

namespace Weft.Host.Observe;

/// <summary>The circumstances of an event, in place.</summary>
[InlineArray(Most)]
internal struct EventFields
{
    /// <summary>Most circumstances of an event.</summary>
    public const int Most = 6;

    private EventField _first;
}
