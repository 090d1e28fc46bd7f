namespace Weft.Sase.Ownership;

/// <summary>Which life of a node its messages are of.</summary>
internal struct MemberLife
{
    private uint _former;

    /// <summary>The incarnation that it is in; 0 if it has never been heard.</summary>
    public uint Current { get; private set; }

    /// <summary>Notes the incarnation that a message names.</summary>
    /// <param name="incarnation">That one.</param>
    /// <param name="isNew">True if the node has begun anew, and has forgotten everything that it knew when it was heard last.</param>
    /// <returns>False if the message is one of the life before, which was on its way for long.</returns>
    public bool TryNote(uint incarnation, out bool isNew)
    {
        isNew = false;
        if (incarnation == Current)
        {
            return true;
        }

        if (incarnation == _former && _former != 0)
        {
            return false;
        }

        isNew = Current != 0;
        (Current, _former) = (incarnation, Current);
        return true;
    }
}
