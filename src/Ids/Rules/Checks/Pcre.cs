using System.Text.RegularExpressions;

namespace Weft.Ids;

/// <summary>
/// <c>pcre</c>. Expressions run in time linear in the payload where they have neither look-around nor back-references; the
/// others get a time limit, and reaching it counts as no match.
/// </summary>
internal sealed class Pcre(Regex regex, bool relative, bool negated) : PayloadCheck
{
    // Starting points that a relative expression is tried from; each may cost a pass over the payload.
    private const int MaxStarts = 64;

    public override bool IsRelative => relative;

    public bool IsNegated => negated;

    public override void Apply(ref Evaluation evaluation)
    {
        if (negated && !relative)
        {
            FailIfFound(ref evaluation);
            return;
        }

        ReadOnlySpan<int> cursors = evaluation.Cursors;
        bool isCut = relative && cursors.Length > MaxStarts;
        evaluation.IsCutShort |= isCut;
        cursors = isCut ? cursors[..MaxStarts] : relative ? cursors : cursors[..1];
        evaluation.Begin();
        foreach (int cursor in cursors)
        {
            bool found = false;
            try
            {
                int start = relative ? cursor : 0;
                foreach (ValueMatch match in regex.EnumerateMatches(evaluation.Text[start..]))
                {
                    found = true;
                    evaluation.Steps++;
                    if (negated)
                    {
                        break;
                    }

                    evaluation.Add(start + match.Index + match.Length);
                }
            }
            catch (RegexMatchTimeoutException)
            {
                evaluation.IsCutShort = true;
            }

            if (negated && !found)
            {
                evaluation.Add(cursor);
            }
        }

        evaluation.Commit();
    }

    private void FailIfFound(ref Evaluation evaluation)
    {
        try
        {
            evaluation.Steps++;
            if (regex.IsMatch(evaluation.Text))
            {
                evaluation.Fail();
            }
        }
        catch (RegexMatchTimeoutException)
        {
            evaluation.IsCutShort = true;
        }
    }
}
