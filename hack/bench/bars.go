package main

// bar is what a figure is measured against.
type bar struct {
	unit string
	// most is the highest value that is ok, absent where the figure only informs.
	most func(n float64) float64
	// least is the lowest value that is ok, where more is better.
	least float64
}

func atMost(v float64) func(float64) float64 { return func(float64) float64 { return v } }

// exactly is the bar of what n changes: that much is written. Whether anything is missing, score_wrong says.
func exactly(n float64) float64 { return n }

// memoryBar is what the operator may take for n entities, in MiB.
func memoryBar(n float64) float64 { return 64 + n*8/1024 }

// Parameters of the bar on an edit: that and changed entities, written at the bare rate times a factor.
const (
	editBaseMillis  = 250
	editRateFactor  = 1.25
	editsOverShare  = 0.01
	settleBarSecond = 5
)

// bars are the figures. README.md says how each is counted.
var bars = map[string]bar{
	"bare_rate":                {unit: "writes/s"},
	"bare_workers":             {unit: "workers"},
	"bare_cpu":                 {unit: "ms/write"},
	"foreign_cpu":              {unit: "%"},
	"cold_ratio":               {unit: "x", most: atMost(1.5)},
	"cold_cpu_ratio":           {unit: "x"},
	"cold_time":                {unit: "s"},
	"cold_first_write":         {unit: "s"},
	"cold_writes":              {unit: "writes/entity", most: atMost(1.02)},
	"cold_refused":             {unit: "writes"},
	"cold_wrong":               {unit: "entities", most: atMost(0)},
	"cold_operator_cpu":        {unit: "ms/entity"},
	"cold_operator_cpu_share":  {unit: "%", most: atMost(15)},
	"memory_rss":               {unit: "MiB", most: memoryBar},
	"memory_peak":              {unit: "MiB", most: memoryBar},
	"status_bytes_p50":         {unit: "B", most: atMost(4096)},
	"status_bytes_p99":         {unit: "B"},
	"restart_writes":           {unit: "writes", most: atMost(0)},
	"rest_writes":              {unit: "writes", most: atMost(0)},
	"edit_p50":                 {unit: "ms"},
	"edit_p99":                 {unit: "ms"},
	"edit_p99_over_budget":     {unit: "ms", most: atMost(0)},
	"edit_over_budget":         {unit: "edits", most: func(n float64) float64 { return n * editsOverShare }},
	"edit_wrong":               {unit: "edits", most: atMost(0)},
	"edit_entities_wrong":      {unit: "entities", most: atMost(0)},
	"bulk_ordered_rate":        {unit: "applied/s"},
	"bulk_random_rate":         {unit: "applied/s"},
	"bulk_ordered_writes":      {unit: "writes/entity", most: atMost(1.3)},
	"bulk_ordered_right_after": {unit: "s", most: atMost(settleBarSecond)},
	"bulk_random_writes":       {unit: "writes/entity", most: atMost(2.3)},
	"bulk_random_right_after":  {unit: "s", most: atMost(settleBarSecond)},
	"bulk_wrong":               {unit: "entities", most: atMost(0)},

	"admission_within_5ms":              {unit: "%", least: 99},
	"admission_idle_within_5ms":         {unit: "%"},
	"admission_standby_within_5ms":      {unit: "%"},
	"admission_standby_idle_within_5ms": {unit: "%"},
	"admission_standby_handler_p99":     {unit: "ms"},
	"admission_handler_p50":             {unit: "ms"},
	"admission_handler_p99":             {unit: "ms", most: atMost(2)},
	"admission_64_within_25ms":          {unit: "%", least: 99},
	"admission_64_idle_within_25ms":     {unit: "%"},
	"admission_64_handler_p99":          {unit: "ms"},
	"admission_create_rate":             {unit: "creates/s"},
	"admission_create_ratio":            {unit: "x", least: 0.85},
	"admission_create_idle_ratio":       {unit: "x"},
	"admission_create_cpu":              {unit: "ms"},
	"admission_create_idle_cpu":         {unit: "ms"},
	"admission_refused":                 {unit: "%"},
	"admission_wrong":                   {unit: "requests", most: atMost(0)},

	"score_check_p50":         {unit: "µs", most: atMost(5)},
	"score_check_p95":         {unit: "µs"},
	"score_check_mean":        {unit: "µs"},
	"score_subject":           {unit: "µs"},
	"score_first_cpu":         {unit: "s"},
	"score_first_time":        {unit: "s"},
	"score_first_writes":      {unit: "writes/component"},
	"score_first_wrong":       {unit: "statuses", most: atMost(0)},
	"score_memory_without":    {unit: "MiB"},
	"score_memory":            {unit: "MiB"},
	"score_restart_writes":    {unit: "writes", most: atMost(0)},
	"score_reevaluate_cpu":    {unit: "s", most: atMost(5)},
	"score_reevaluate_time":   {unit: "s"},
	"score_reevaluate_writes": {unit: "writes", most: atMost(0)},
	"score_reevaluate_cards":  {unit: "writes"},
	"score_changed_writes":    {unit: "writes", most: exactly},
	"score_changed_rollups":   {unit: "writes"},
	"score_edit_writes":       {unit: "writes", most: exactly},
	"score_edit_rollups":      {unit: "writes"},
	"score_edit_cpu":          {unit: "s"},
	"score_scale_p50":         {unit: "s"},
	"score_scale_max":         {unit: "s", most: atMost(2)},
	"score_scale_wrong":       {unit: "tries", most: atMost(0)},
	"score_wrong":             {unit: "statuses", most: atMost(0)},
}
