using Weft.Flows;
using Weft.Sase.Flows;
using Weft.Sase.Segments;

namespace Weft.Sase;

/// <summary>Flows of segments that were changed or removed.</summary>
public sealed partial class ManagedServiceNode
{
    /// <summary>Where the search for flows of removed segments goes on; -1 if there is none.</summary>
    private int _removed = -1;

    private bool HasRoomForEnds => _ended.Capacity - _ended.Count >= WalkSlice && (_sessions?.Room ?? WalkSlice) >= WalkSlice;

    /// <summary>What a flow has become with its segment: allowed as before, forbidden, or, if the segment was removed, none. The latter two end it.</summary>
    private SaseDrop Review(FlowHandle handle)
    {
        ref FlowState flow = ref _flows[handle];
        if (_segments.At(flow.Slot) is not Segment segment)
        {
            EndRemoved(handle);
            return SaseDrop.NoFlow;
        }

        return flow.Generation == segment.Generation || IsStillAllowed(handle, segment) ? SaseDrop.None : SaseDrop.Policy;
    }

    /// <summary>
    /// Ends flows of segments that were removed, some at a time and as many as there is room to tell of. Their place is nobody else's before that: who comes back under the
    /// same virtual network has another one, and a packet that finds such a flow first ends it.
    /// </summary>
    private void EndRemoved()
    {
        for (int i = 0; i < WalkBudget && _removed >= 0 && HasRoomForEnds; i++)
        {
            foreach (FlowHandle flow in NextSessions(ref _removed))
            {
                if (_segments.At(_flows[flow].Slot) is null)
                {
                    EndRemoved(flow);
                }
            }
        }
    }

    private void EndRemoved(FlowHandle handle) => End(handle, _segments.BundleOf(_flows[handle].Slot), SessionReason.TenantRemoved);
}
