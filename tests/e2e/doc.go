// Package e2e
package e2e
