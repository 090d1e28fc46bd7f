namespace Weft.Host.Config.Document;

/// <summary>Numbers from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
internal readonly record struct NumberRange(int First, int Last)
{
    public int Count => Last - First + 1;

    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}
