using System.Globalization;
using Spectre.Console;

namespace Weft.Cli.Views;

/// <summary>Tables that look the same in a terminal, a file and a mail: blanks between columns, numbers to the right.</summary>
internal static class Tables
{
    /// <summary>A table of rows; columns whose header begins with '#' are numbers.</summary>
    public static Table Of<T>(IEnumerable<T> rows, params (string Header, Func<T, string> Cell)[] columns)
    {
        Table table = new Table().Border(TableBorder.Simple).LeftAligned();
        foreach ((string header, _) in columns)
        {
            bool isNumber = header.StartsWith('#');
            var column = new TableColumn(new Text(header.TrimStart('#'))) { NoWrap = true, Alignment = isNumber ? Justify.Right : Justify.Left };
            table.AddColumn(column);
        }

        foreach (T row in rows)
        {
            table.AddRow(columns.Select(column => new Text(column.Cell(row))));
        }

        return table;
    }

    /// <summary>A count in groups of three: 1,234,567.</summary>
    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A rate or a mean with as many decimals as matter.</summary>
    public static string Number(double value) => value.ToString(value >= 100 ? "#,0" : value >= 1 ? "0.0" : "0.###", CultureInfo.InvariantCulture);
}
