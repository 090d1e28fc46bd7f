namespace Weft.Ids;

/// <summary>
/// <c>pcre</c>. An expression without look-around and back-references takes time linear in the payload; what the others take
/// has a limit, and reaching it counts as no match.
/// </summary>
/// <param name="text">The expression with its slashes and flags, as the rule has it.</param>
/// <param name="expression">The same, compiled.</param>
/// <param name="relative">True if it is looked for behind the match before.</param>
/// <param name="negated">True if it must not be found.</param>
internal sealed class Pcre(string text, Expression expression, bool relative, bool negated) : PayloadCheck
{
    // Matches from one place, where it matters where they end. Each may be looked for over the whole payload.
    private const int MaxMatches = 256;

    public override bool IsRelative => relative;

    public bool IsNegated => negated;

    public override void Write(RuleWriter to) => to.Option("pcre", $"{(negated ? "!" : "")}\"{text}\"");

    public override void Apply(ref Evaluation evaluation)
    {
        long budget = ExpressionMatcher.StepBudget;
        if (relative)
        {
            ApplyRelative(ref evaluation, ref budget);
        }
        else
        {
            ApplyAbsolute(ref evaluation, ref budget);
        }

        evaluation.Steps += ExpressionMatcher.StepBudget - budget;
        evaluation.IsOutOfBudget |= budget < 0;
    }

    private void ApplyAbsolute(ref Evaluation evaluation, ref long budget)
    {
        evaluation.Begin();
        bool found = Find(ref evaluation, 0, ref budget);
        if (!negated)
        {
            evaluation.Commit();
        }
        else if (found)
        {
            evaluation.Fail();
        }
    }

    private void ApplyRelative(ref Evaluation evaluation, ref long budget)
    {
        ReadOnlySpan<int> cursors = evaluation.Cursors;
        evaluation.Begin();
        for (int i = 0; i < cursors.Length && budget >= 0; i++)
        {
            if (!Find(ref evaluation, cursors[i], ref budget) && negated)
            {
                evaluation.Add(cursors[i]);
            }
        }

        evaluation.Commit();
    }

    private bool Find(ref Evaluation evaluation, int place, ref long budget)
    {
        ExpressionMatcher matcher = evaluation.Expressions;
        ReadOnlySpan<byte> subject = evaluation.Data[place..];
        int matches = 0;
        int from = 0;
        while (budget >= 0 && matcher.TryFind(expression, subject, from, ref budget, out int start, out int end))
        {
            if (negated)
            {
                return true;
            }

            evaluation.Add(place + end);
            if (!evaluation.EndsMatter)
            {
                return true;
            }

            if (++matches == MaxMatches)
            {
                evaluation.IsCutShort = true;
                break;
            }

            from = start + 1;
        }

        return matches > 0;
    }
}
