namespace Weft.Ids;

/// <summary>Tells whether a place of a subject is one that an expression asks for.</summary>
internal static class ExpressionPlaces
{
    public static bool IsAt(ReadOnlySpan<byte> subject, int place, ExpressionPlace asked) => asked switch
    {
        ExpressionPlace.Start => place == 0,
        ExpressionPlace.LineStart => place == 0 || (subject[place - 1] == '\n' && place < subject.Length),
        ExpressionPlace.End => place == subject.Length,
        ExpressionPlace.LastLineEnd => place == subject.Length || (place == subject.Length - 1 && subject[place] == '\n'),
        ExpressionPlace.LineEnd => place == subject.Length || subject[place] == '\n',
        _ => IsWordEdge(subject, place) == (asked == ExpressionPlace.WordEdge),
    };

    private static bool IsWordEdge(ReadOnlySpan<byte> subject, int place) =>
        (place > 0 && ByteClasses.Word.Contains(subject[place - 1])) != (place < subject.Length && ByteClasses.Word.Contains(subject[place]));
}
