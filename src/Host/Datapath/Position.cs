namespace Weft.Host.Datapath;

/// <summary>Finds things by name in the lists of a plan, on the control path.</summary>
internal static class Position
{
    /// <summary>The position of the first element that fits, -1 if there is none.</summary>
    public static int Of<T>(IReadOnlyList<T> list, Func<T, bool> fits)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (fits(list[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
